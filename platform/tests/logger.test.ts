import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PrismaClient } from '#prisma/social';
import { createDatabase } from '../database.ts';
import { newId } from '../ids.ts';
import { createLogger } from '../logger.ts';
import { Problem } from '../problem.ts';
import { createTestDatabases } from '../testing/databases.ts';
import type { TestDatabases } from '../testing/databases.ts';

const secret = 'nobody-may-read-this';
let databases: TestDatabases;
let database: ReturnType<typeof createDatabase<PrismaClient>>;
beforeAll(async () => {
  databases = await createTestDatabases();
  database = createDatabase(PrismaClient, { url: databases.url('social'), schema: 'social', name: 'test' });
});
afterAll(async () => {
  await database.close();
  await databases.drop();
});

/** The line that an error leaves in the log. */
function lineOf(err: unknown): string {
  const lines: string[] = [];
  createLogger({ name: 'test' }, { write: (line) => lines.push(line) }).error({ err }, 'failed');
  return lines.join('');
}

const account = () => {
  const now = new Date();
  return { id: newId(), email: `${secret}@example.org`, passwordHash: secret, createdAt: now, lastActiveAt: now };
};
const profile = () => ({ accountId: newId(), handle: 'ada', displayName: secret, postCount: -1 });
const failures: [string, () => Promise<unknown>][] = [
  ['a broken check', () => database.db.profile.create({ data: profile() })],
  [
    'the same in SQL',
    () => {
      const { accountId, handle, displayName, postCount } = profile();
      return database.db.$executeRaw`
        INSERT INTO profile (account_id, handle, display_name, post_count)
        VALUES (${accountId}::uuid, ${handle}, ${displayName}, ${postCount})`;
    },
  ],
  [
    'a call that Prisma does not take',
    () => database.db.account.create({ data: { ...account(), createdAt: 'yesterday' } }),
  ],
  ['a value that is there already', () => database.db.account.createMany({ data: [account(), account()] })],
];

test.each(failures)(
  'a database error of %s says what failed, and nothing of what is in the row',
  async (_what, fail) => {
    const error: unknown = await fail().then(() => undefined, (thrown: unknown) => thrown); // prettier-ignore
    const line = lineOf(error);
    const wrapped = lineOf(new Problem('conflict', undefined, { cause: error }));

    expect(line).toContain('"err":{"type":"PrismaClient');
    expect(wrapped).toContain('"cause":{"type":"PrismaClient');
    expect(line + wrapped).not.toContain(secret);
  },
);
