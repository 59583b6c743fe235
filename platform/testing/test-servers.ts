// The servers that all test files share: one PostgreSQL with a migrated template of each database, one Azurite.
// Runs as a child of jest (global-setup.js), tells it where they are, and ends with it.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { databaseUrl, listOwners, readDatabases, roleUrl, setPasswords, setUpDatabase } from '../database-setup.ts';
import { deployMigrations } from '../migrations.ts';
import { startAzurite } from './azurite.ts';
import { findFreePorts } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { mostWorkers } from './servers.ts';
import type { TestServers } from './servers.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'clync-test-'));
const password = randomBytes(18).toString('base64url');
const [postgresPort = 0, blobPort = 0] = await findFreePorts(2);

const [postgres, azurite] = await Promise.all([
  startPostgres({
    dataDir: path.join(dir, 'postgres'),
    port: postgresPort,
    password,
    logFile: path.join(dir, 'postgres.log'),
    // Nobody misses these data after a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  }),
  startAzurite({
    dataDir: path.join(dir, 'blobs'),
    port: blobPort,
    accountKey: randomBytes(64).toString('base64'),
    otherAccounts: Array.from({ length: mostWorkers }, (_, nth) => `clync${String(nth + 1)}`),
    logFile: path.join(dir, 'azurite.log'),
  }),
]);
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => undefined); // Ctrl-C is jest's: it ends, and the leash tells us

await makeTemplates();
const servers: TestServers = { adminUrl: postgres.adminUrl, password, blobConnectionString: azurite.connectionString };
process.send?.(servers);

async function makeTemplates(): Promise<void> {
  const databases = readDatabases();
  const migrated = listOwners();
  for (const [name, owners] of Object.entries(databases)) {
    await setUpDatabase(postgres.adminUrl, name, owners);
    const roles = owners.flatMap((owner) => [owner, `${owner}_owner`]);
    await setPasswords(
      postgres.adminUrl,
      roles.map((role) => ({ role, password })),
    );
    for (const owner of owners.filter((known) => migrated.includes(known))) {
      const login = { role: `${owner}_owner`, password };
      const ownerUrl = roleUrl(databaseUrl(postgres.adminUrl, name), login);
      // A broken migration fails the tests of its owner, and nobody else's.
      await deployMigrations({ owner, ownerUrl }).catch((error: unknown) => {
        console.error(`the test databases have no ${owner}:`, error instanceof Error ? error.message : error);
      });
    }
  }
}

async function stop(): Promise<void> {
  await Promise.all([postgres.stop(), azurite.stop()]);
  rmSync(dir, { recursive: true, force: true });
  process.exit(0);
}
