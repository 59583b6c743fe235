import path from 'node:path';
import { listOwners, readDatabases, setPasswords, setUpDatabase } from '../../platform/database-setup.ts';
import { startAzurite } from '../../platform/testing/azurite.ts';
import { startPostgres } from '../../platform/testing/postgres.ts';
import type { Children } from './children.ts';
import { processUrl } from './plan.ts';
import type { World } from './plan.ts';
import type { Progress } from './progress.ts';
import { runScript } from './script.ts';

/** PostgreSQL with migrated databases, and Blob Storage: everything else stands on them. */
export async function startServers(
  begun: Omit<World, 'adminUrl' | 'blobConnectionString'>,
  children: Children,
  progress: Progress,
): Promise<World> {
  const { devDir, ports, secrets } = begun;
  const postgres = children.addServer('postgres', (logFile) =>
    startPostgres({
      dataDir: path.join(devDir, 'postgres'),
      port: ports.postgres,
      password: secrets.postgresPassword,
      logFile,
      settings: { max_connections: '300' },
    }),
  );
  const azurite = children.addServer('azurite', (logFile) =>
    startAzurite({
      dataDir: path.join(devDir, 'azurite'),
      port: ports.azurite,
      accountKey: secrets.blobAccountKey,
      logFile,
    }),
  );
  const [, adminUrl] = await Promise.all([
    progress.step('Azurite (Blob Storage)', () => azurite.start()),
    progress
      .step('PostgreSQL', () => postgres.start())
      .then(async () => {
        const world = { ...begun, adminUrl: postgres.server.adminUrl };
        await progress.step('databases, roles and migrations', async () => {
          await setUp(world);
          await migrate(world);
        });
        return world.adminUrl;
      }),
  ]);
  return { ...begun, adminUrl, blobConnectionString: azurite.server.connectionString };
}

async function setUp({ adminUrl, secrets }: Pick<World, 'adminUrl' | 'secrets'>): Promise<void> {
  for (const [name, owners] of Object.entries(readDatabases())) await setUpDatabase(adminUrl, name, owners);
  const logins = Object.entries(secrets.rolePasswords).map(([role, password]) => ({ role, password }));
  await setPasswords(adminUrl, logins);
}

/** As the migration Job does it in production, with the same entry. */
export async function migrate(world: Pick<World, 'adminUrl' | 'secrets'>): Promise<void> {
  const urls = listOwners().map((owner) => [
    `${owner.toUpperCase()}_OWNER_DATABASE_URL`,
    processUrl(world, owner, `${owner}_owner`),
  ]);
  await runScript('platform/migrate.ts', { args: ['deploy'], env: Object.fromEntries(urls) as Record<string, string> });
}
