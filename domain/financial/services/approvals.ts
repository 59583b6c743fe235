import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { byPlace, placeBefore } from '../helpers/page.ts';
import type { ApprovalFacts } from './facts.ts';
import { callLedger } from './ledger.ts';
import { getPocket } from './pockets.ts';

type Using = Pick<Context, 'db' | 'clock'>;

export async function listApprovals(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { pocketId, limit, cursor }: { pocketId: string; limit: number; cursor: string | undefined },
): Promise<Page<ApprovalFacts>> {
  const before = placeBefore(cursor);
  await getPocket(ctx, caller, pocketId);
  const rows = await ctx.db.$queryRaw<{ approval: ApprovalFacts }[]>`
    /* listApprovals */ select approval_of(id, ${caller.userId}::uuid) as approval from pocket_approval
    where pocket_id = ${pocketId}::uuid and (created_at, id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
    order by created_at desc, id desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ approval }) => approval),
    limit,
    byPlace,
  );
}

/** Agrees; the vote that completes the approval carries it out. */
export function approveApproval(ctx: Using, caller: Caller, approvalId: string): Promise<ApprovalFacts> {
  return vote(ctx, caller, { approvalId, approves: true });
}

export function rejectApproval(ctx: Using, caller: Caller, approvalId: string): Promise<ApprovalFacts> {
  return vote(ctx, caller, { approvalId, approves: false });
}

/** Who asked takes it back. */
export async function cancelApproval(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  approvalId: string,
): Promise<ApprovalFacts> {
  const { facts } = await callLedger<ApprovalFacts>(db, 'cancel_approval', { ownerId, approvalId, at: clock.now() });
  return facts;
}

async function vote(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  said: { approvalId: string; approves: boolean },
): Promise<ApprovalFacts> {
  const { facts } = await callLedger<ApprovalFacts>(db, 'vote_on_approval', { ownerId, ...said, at: clock.now() });
  return facts;
}
