import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { byPlace, placeBefore } from '../helpers/page.ts';
import type { GuardianshipFacts } from './facts.ts';
import { callLedger } from './ledger.ts';

type Using = Pick<Context, 'db' | 'clock'>;

/** The locks in force that the caller guards, or is asked to. */
export async function listGuardianships(
  { db, clock }: Using,
  { userId }: Caller,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Page<GuardianshipFacts>> {
  const before = placeBefore(cursor);
  const at = clock.now();
  const rows = await db.$queryRaw<{ guardianship: GuardianshipFacts }[]>`
    /* listGuardianships */ select guardianship_of(id, ${at}::timestamptz) as guardianship from pocket_guardian
    where guardian_id = ${userId}::uuid and status in ('pending', 'accepted') and lock_holds(pocket_id, ${at}::timestamptz)
      and (created_at, id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
    order by created_at desc, id desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ guardianship }) => guardianship),
    limit,
    byPlace,
  );
}

export function acceptGuardianship(ctx: Using, caller: Caller, guardianshipId: string): Promise<GuardianshipFacts> {
  return decide(ctx, caller, { guardianshipId, accepts: true });
}

/** Says no, or steps down. */
export function declineGuardianship(ctx: Using, caller: Caller, guardianshipId: string): Promise<GuardianshipFacts> {
  return decide(ctx, caller, { guardianshipId, accepts: false });
}

async function decide(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  said: { guardianshipId: string; accepts: boolean },
): Promise<GuardianshipFacts> {
  const request = { ownerId, ...said, at: clock.now() };
  const { facts } = await callLedger<GuardianshipFacts>(db, 'decide_guardianship', request);
  return facts;
}

/** The guardian lets the lock of a pocket end. @throws unlock_not_requested */
export async function approveUnlock(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  pocketId: string,
): Promise<GuardianshipFacts> {
  const { facts } = await callLedger<GuardianshipFacts>(db, 'approve_unlock', { ownerId, pocketId, at: clock.now() });
  return facts;
}
