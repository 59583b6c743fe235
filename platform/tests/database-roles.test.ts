import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readDatabases, withClient } from '../database-setup.ts';
import { createTestDatabases } from '../testing/databases.ts';
import type { TestDatabases } from '../testing/databases.ts';

const owners = Object.values(readDatabases()).flat();
let databases: TestDatabases;

beforeAll(async () => {
  databases = await createTestDatabases();
});

afterAll(async () => {
  await databases.drop();
});

test.each(owners)('%s may read its own schema and its jobs, and no other', async (owner) => {
  const readable = await withClient(databases.url(owner), async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT nspname AS name FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
          AND has_schema_privilege(oid, 'USAGE') ORDER BY nspname`,
    );
    return rows.map(({ name }) => name);
  });

  expect(readable).toEqual([owner, `${owner}_jobs`]);
});

test.each(owners)('%s may not change tables, make schemas, or become its owner', async (owner) => {
  await withClient(databases.url(owner), async (client) => {
    await expect(client.query('CREATE TABLE extra ()')).rejects.toThrow('permission denied');
    await expect(client.query('CREATE TABLE public.extra ()')).rejects.toThrow('permission denied');
    await expect(client.query('CREATE SCHEMA extra')).rejects.toThrow('permission denied');
    await expect(client.query(`SET ROLE ${owner}_owner`)).rejects.toThrow('permission denied');
  });
});

test.each(owners)('nothing that %s does runs or waits for ever', async (owner) => {
  await withClient(databases.url(owner), async (client) => {
    const { rows } = await client.query(
      `SELECT name FROM pg_settings WHERE setting <> '0'
        AND name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')`,
    );
    expect(rows).toHaveLength(3);
  });
});
