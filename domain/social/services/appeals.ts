import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { AppealOutcome, Prisma } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { appealDecided, notFound, sameModerator } from '../errors.ts';
import { byId, idBefore } from '../helpers/page.ts';
import { decide } from './decisions.ts';
import type { Decision } from './decisions.ts';
import { putBack } from './removals.ts';
import { liftSanctions, tellSanctioned } from './sanctions.ts';
import { forStaff } from './staff-sanctions.ts';
import { resumeSuspension } from './suspensions.ts';

const withSanction = { sanction: { include: forStaff } } satisfies Prisma.AppealInclude;
export type AppealRow = Prisma.AppealGetPayload<{ include: typeof withSanction }>;

/** Newest first. */
export async function listAppeals(
  ctx: Pick<Context, 'db'>,
  { status, cursor, limit }: PageRequest & { status?: 'open' | 'decided' | undefined },
) {
  const outcome = status === 'decided' ? { not: null } : null;
  const rows = await ctx.db.appeal.findMany({
    where: { id: { lt: idBefore(cursor) }, ...(status !== undefined && { outcome }) },
    include: withSanction,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, byId);
}

interface Verdict extends Decision {
  appealId: string;
  outcome: AppealOutcome;
}

/** Decides on an appeal; once for a decision. @throws same_moderator, appeal_decided, not_found */
export async function decideAppeal(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { appealId, outcome, ...decision }: Verdict,
): Promise<AppealRow> {
  await decide(
    ctx,
    caller,
    { ...decision, action: 'decide_appeal', targetId: appealId },
    {
      lock: (tx) => lockAppeal(tx, appealId),
      async carryOut(tx, { sanction }) {
        if (sanction.decision.staffId === caller.staffId) throw sameModerator();
        const { count } = await tx.appeal.updateMany({
          where: { id: appealId, outcome: null },
          data: { outcome, decidedAt: ctx.clock.now(), reason: decision.reason },
        });
        if (count === 0) throw appealDecided();
        if (outcome === 'upheld') await tellSanctioned(tx, ctx, sanction);
        else await overturn(tx, ctx, { sanction, reason: decision.reason });
      },
    },
  );
  return ctx.db.appeal.findUniqueOrThrow({ where: { id: appealId }, include: withSanction });
}

async function overturn(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue'>,
  { sanction, reason }: { sanction: LockedAppeal['sanction']; reason: string },
): Promise<void> {
  await liftSanctions(tx, ctx, { which: { id: sanction.id }, reason });
  if (sanction.kind === 'suspended') await resumeSuspension(tx, ctx, sanction.accountId);
  if (sanction.kind === 'post_removed' && sanction.postId !== null) await putBack(tx, sanction.postId);
}

/** The appeal with its sanction, and whatever is changed with it locked first, in the order of all decisions. */
async function lockAppeal(tx: Tx, appealId: string) {
  await tx.$queryRaw`
    SELECT p.id FROM post p JOIN sanction s ON s.post_id = p.id JOIN appeal l ON l.sanction_id = s.id
    WHERE l.id = ${appealId}::uuid FOR NO KEY UPDATE OF p`;
  await tx.$queryRaw`
    SELECT a.id FROM account a JOIN sanction s ON s.account_id = a.id JOIN appeal l ON l.sanction_id = s.id
    WHERE l.id = ${appealId}::uuid FOR NO KEY UPDATE OF a`;
  const appeal = await tx.appeal.findUnique({
    where: { id: appealId },
    include: { sanction: { include: { decision: true } } },
  });
  if (!appeal) throw notFound();
  return { ...appeal, accountId: appeal.sanction.accountId };
}

type LockedAppeal = Awaited<ReturnType<typeof lockAppeal>>;
