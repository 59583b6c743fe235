/** Who sees whom: the SQL function visible_people decides it. */
import type { Caller } from '#platform/caller';
import { Prisma } from '#prisma/social';
import type { Profile } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { notFound } from '../errors.ts';

/** As much of a person as stands beside what they do. */
export type PersonRow = Pick<Profile, 'accountId' | 'handle' | 'displayName' | 'avatarMediaId'>;

/** A person's columns, of a profile that the statement calls `p`. */
export const personColumns = Prisma.sql`
  p.account_id AS "accountId", p.handle::text AS handle, p.display_name AS "displayName",
  p.avatar_media_id AS "avatarMediaId"`;

/** @throws not_found for anyone whom the caller cannot see, as for who does not exist */
export async function assertVisible(tx: Tx, caller: Caller, userId: string): Promise<void> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT account_id AS id FROM visible_people(${caller.userId}::uuid) WHERE account_id = ${userId}::uuid`;
  if (!row) throw notFound();
}

/** The people behind ids; for a member without those whom they cannot see. */
export async function listProfiles({ db }: Pick<Context, 'db'>, caller: Caller, ids: string[]): Promise<PersonRow[]> {
  if (caller.kind !== 'member') return db.profile.findMany({ where: { accountId: { in: ids } } });
  return db.$queryRaw<PersonRow[]>`
    SELECT ${personColumns} FROM visible_people(${caller.userId}::uuid) p WHERE p.account_id = ANY(${ids}::uuid[])`;
}
