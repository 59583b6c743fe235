import type { Caller } from '#platform/caller';
import type { Tx } from '../context.ts';
import { notFound } from '../errors.ts';

/** Holds the caller's profile, so that what they may have so many of is counted by one request at a time. */
export async function lockOwner(tx: Tx, caller: Caller): Promise<void> {
  const [owner] = await tx.$queryRaw<{ id: string }[]>`
    SELECT account_id AS id FROM profile WHERE account_id = ${caller.userId}::uuid FOR NO KEY UPDATE`;
  if (!owner) throw notFound('The account is gone.');
}
