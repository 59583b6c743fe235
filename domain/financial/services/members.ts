import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { byJoining, joinedAfter } from '../helpers/page.ts';
import type { DepartureFacts, MemberFacts, PolicyFacts, PocketRole } from './facts.ts';
import { askLedger, callLedger } from './ledger.ts';
import type { Booked, BookedOrAsked } from './ledger.ts';
import { getPocket } from './pockets.ts';

type Using = Pick<Context, 'db' | 'clock'>;

export async function listPocketMembers(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { pocketId, limit, cursor }: { pocketId: string; limit: number; cursor: string | undefined },
): Promise<Page<MemberFacts>> {
  const after = joinedAfter(cursor);
  await getPocket(ctx, caller, pocketId);
  const rows = await ctx.db.$queryRaw<{ member: MemberFacts }[]>`
    /* listPocketMembers */ select member_of(pocket_id, member_id) as member from pocket_member
    where pocket_id = ${pocketId}::uuid and left_at is null
      and (joined_at, member_id) > (${after.joinedAt}::timestamptz, ${after.memberId}::uuid)
    order by joined_at, member_id limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ member }) => member),
    limit,
    byJoining,
  );
}

/** Gives a member another role; `owner` hands the pocket over. */
export async function updatePocketMember(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  change: { pocketId: string; memberId: string; role: PocketRole },
): Promise<MemberFacts> {
  const { facts } = await callLedger<MemberFacts>(db, 'set_member_role', { ownerId, ...change, at: clock.now() });
  return facts;
}

/** Ends a membership and pays the member's own share out to them. */
export function deletePocketMember(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  { key, ...leaving }: { key: string | undefined; pocketId: string; memberId: string },
): Promise<Booked<DepartureFacts>> {
  const hash = hashOf(leaving);
  return callLedger(db, 'leave_pocket', { ownerId, key, hash, ...leaving, source: 'person', at: clock.now() });
}

export async function getPocketPolicy(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  pocketId: string,
): Promise<PolicyFacts | undefined> {
  await getPocket(ctx, caller, pocketId);
  const rows = await ctx.db.$queryRaw<{ policy: PolicyFacts }[]>`select policy_of(${pocketId}::uuid) as policy`;
  return rows[0]?.policy;
}

export function putPocketPolicy(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  policy: PolicyFacts & { pocketId: string },
): Promise<BookedOrAsked<PolicyFacts>> {
  return askLedger(db, 'set_pocket_policy', { ownerId, ...policy, at: clock.now() });
}
