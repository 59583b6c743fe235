// Entry of the migration Job. Configuration comes from the environment alone:
//   node platform/migrate.js setup             make databases, roles and rights   (POSTGRES_ADMIN_URL and both below)
//   node platform/migrate.js deploy [owner…]   run what has not run yet           (X_OWNER_DATABASE_URL)
//   node platform/migrate.js status [owner…]   exit 1 when something has not run  (X_OWNER_DATABASE_URL)
// X_OWNER_DATABASE_URL is the URL of role X_owner, X_DATABASE_URL that of role X, for every owner X: the folders of
// ./prisma (SOCIAL, ADMIN, FINANCIAL, FLAGSHIP). `npm run prisma:migrate` adds the developer's commands to these.
import process from 'node:process';
import { listOwners, setPasswords, setUpDatabase } from './database-setup.ts';
import type { RoleLogin } from './database-setup.ts';
import { deployMigrations, migrationStatus } from './migrations.ts';

const commands: Record<string, (owners: string[]) => Promise<boolean>> = { setup, deploy, status };

async function main([name = '', ...rest]: string[]): Promise<boolean> {
  const command = commands[name];
  if (!command) throw new Error(`say one of: ${Object.keys(commands).join(', ')}`);
  const known = listOwners();
  const unknown = rest.filter((owner) => !known.includes(owner));
  if (unknown.length > 0) throw new Error(`no folder prisma/${unknown.join(', prisma/')}`);
  return command(rest.length > 0 ? rest : known);
}

async function setup(owners: string[]): Promise<boolean> {
  const adminUrl = readUrls(['POSTGRES_ADMIN_URL'])[0] ?? '';
  const ownerUrls = readUrls(owners.map(ownerVariable)).map((url) => new URL(url));
  const processUrls = readUrls(owners.map(processVariable)).map((url) => new URL(url));
  const databases = ownerUrls.map((url) => decodeURIComponent(url.pathname.slice(1)));
  for (const database of new Set(databases)) {
    const inside = owners.filter((_, at) => databases[at] === database);
    await setUpDatabase(adminUrl, database, inside);
    console.log(`${database}: ${inside.join(', ')}`);
  }
  await setPasswords(adminUrl, [...ownerUrls, ...processUrls].map(readLogin));
  return true;
}

async function deploy(owners: string[]): Promise<boolean> {
  const urls = readUrls(owners.map(ownerVariable));
  for (const [at, owner] of owners.entries()) {
    const applied = await deployMigrations({ owner, ownerUrl: urls[at] ?? '' });
    console.log(`${owner}: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`}`);
  }
  return true;
}

async function status(owners: string[]): Promise<boolean> {
  const urls = readUrls(owners.map(ownerVariable));
  let upToDate = true;
  for (const [at, owner] of owners.entries()) {
    const found = Object.entries(await migrationStatus({ owner, ownerUrl: urls[at] ?? '' })).filter(
      ([, names]) => names.length > 0,
    );
    upToDate &&= found.length === 0;
    console.log(`${owner}: ${found.map(([what, names]) => `${what} ${names.join(', ')}`).join('; ') || 'up to date'}`);
  }
  return upToDate;
}

function readLogin(url: URL): RoleLogin {
  return { role: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

function ownerVariable(owner: string): string {
  return `${owner.toUpperCase()}_OWNER_DATABASE_URL`;
}

function processVariable(owner: string): string {
  return `${owner.toUpperCase()}_DATABASE_URL`;
}

function readUrls(names: string[]): string[] {
  const wrong = names.filter((name) => !URL.canParse(process.env[name] ?? ''));
  if (wrong.length > 0) throw new Error(`missing or no URL: ${wrong.join(', ')}`);
  return names.map((name) => process.env[name] ?? '');
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
