import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';

const atOnce = 1_000;

/** Rows that go with an account, by the condition that finds them. What is few goes with the account itself. */
type Rows = { table: string; where: (accountId: string) => Prisma.Sql };

/** What others did to the account's posts. */
export const rowsOfPosts: Rows[] = ['reaction', 'repost', 'bookmark', 'notification'].map((table) => ({
  table,
  where: (accountId) => Prisma.sql`post_id IN (SELECT id FROM post WHERE author_id = ${accountId}::uuid)`,
}));

/** What is the account's own and may be much. */
export const rowsOfAccount: Rows[] = [
  ofAccount('notification', 'account_id'),
  ofAccount('notification', 'actor_id'),
  ofAccount('timeline_entry', 'owner_id'),
  ofAccount('timeline_repost', 'owner_id'),
  ofAccount('bookmark', 'account_id'),
  ofAccount('post_mention', 'account_id'),
  ofAccount('circle_member', 'member_id'),
  ofAccount('session', 'account_id'),
  ofAccount('idempotency', 'owner_id'),
  ofAccount('large_author', 'account_id'),
];

/** Deletes some of them; gives how many. */
export async function deleteRows(db: Context['db'], rows: Rows, accountId: string): Promise<number> {
  const table = Prisma.raw(`"${rows.table}"`);
  return db.$executeRaw`
    DELETE FROM ${table}
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${rows.where(accountId)} LIMIT ${atOnce}))`;
}

function ofAccount(table: string, column: string): Rows {
  return { table, where: (accountId) => Prisma.sql`${Prisma.raw(`"${column}"`)} = ${accountId}::uuid` };
}
