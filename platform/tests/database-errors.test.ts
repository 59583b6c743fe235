import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PrismaClient } from '#prisma/social';
import { createDatabase } from '../database.ts';
import { newId } from '../ids.ts';
import { problemOfDatabaseError } from '../database-errors.ts';
import { createTestDatabases } from '../testing/databases.ts';
import type { TestDatabases } from '../testing/databases.ts';

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

const circle = () => ({ id: newId(), ownerId: newId(), name: 'Family', createdAt: new Date() });
const doings: [string, () => Promise<unknown>][] = [
  ['a row that names one that is gone', () => database.db.circle.create({ data: circle() })],
  [
    'the same in SQL',
    () => {
      const { id, ownerId, name, createdAt } = circle();
      return database.db.$executeRaw`
        INSERT INTO circle (id, owner_id, name, created_at) VALUES (${id}::uuid, ${ownerId}::uuid, ${name}, ${createdAt})`;
    },
  ],
  ['a change of what is gone', () => database.db.circle.update({ where: { id: newId() }, data: { name: 'Friends' } })],
];

test.each(doings)('%s has met another change: the caller may try again', async (_what, change) => {
  const error: unknown = await change().catch((thrown: unknown) => thrown);

  expect(problemOfDatabaseError(error)?.code).toBe('conflict');
});
