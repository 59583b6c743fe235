import type { Caller } from '#platform/caller';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Prisma, SanctionKind } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { alreadyAppealed, notFound, sanctionLifted } from '../errors.ts';
import { excerptOf } from '../helpers/excerpt.ts';
import { byId, idBefore } from '../helpers/page.ts';
import { presentSanction } from '../helpers/present-sanction.ts';
import type { SanctionView } from '../helpers/present-sanction.ts';
import { notify } from './notify.ts';

const countsForMs = 180 * 86_400_000;

const withDecision = { decision: true, appeal: true } satisfies Prisma.SanctionInclude;
export type SanctionRow = Prisma.SanctionGetPayload<{ include: typeof withDecision }>;

/** What staff hold against a person, newest first. */
export async function listSanctions(ctx: Pick<Context, 'db'>, caller: Caller, { cursor, limit }: PageRequest) {
  const rows = await ctx.db.sanction.findMany({
    where: { accountId: caller.userId, id: { lt: idBefore(cursor) } },
    include: withDecision,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, byId);
}

/** @throws already_appealed, sanction_lifted; not_found for another's */
export async function appealSanction(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { key, sanctionId, text }: { key: string | undefined; sanctionId: string; text: string },
): Promise<Outcome<SanctionView>> {
  const request = { sanctionId, text };
  return idempotent(ctx.db, { ownerId: caller.userId, operation: 'appealSanction', key, request }, async (tx) => {
    // Locked, so that it is not lifted meanwhile.
    await tx.$queryRaw`SELECT id FROM sanction WHERE id = ${sanctionId}::uuid FOR NO KEY UPDATE`;
    const mine = { id: sanctionId, accountId: caller.userId };
    const sanction = await tx.sanction.findFirst({ where: mine, include: withDecision });
    if (!sanction) throw notFound();
    if (sanction.appeal) throw alreadyAppealed();
    if (sanction.liftedAt !== null) throw sanctionLifted();

    const now = ctx.clock.now();
    const appeal = await tx.appeal.create({ data: { id: newId(now), sanctionId: sanction.id, text, createdAt: now } });
    return { status: 201, body: presentSanction({ ...sanction, appeal }) };
  });
}

interface NewSanction {
  accountId: string;
  kind: SanctionKind;
  decisionId: string;
  ruleIds: string[];
  post?: { id: string; text: string };
}

/** Holds something against a person, who is told. */
export async function addSanction(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue'>,
  { post, ...sanction }: NewSanction,
): Promise<void> {
  const now = ctx.clock.now();
  const id = newId(now);
  await tx.sanction.create({
    data: {
      ...sanction,
      id,
      postId: post?.id ?? null,
      excerpt: post ? excerptOf(post.text) : null,
      createdAt: now,
      expiresAt: new Date(now.getTime() + countsForMs),
    },
  });
  await tellSanctioned(tx, ctx, { accountId: sanction.accountId, id });
}

/** Takes sanctions back; appeals that wait have come through with that. Each person is told. */
export async function liftSanctions(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue'>,
  { which, reason }: { which: Prisma.SanctionWhereInput; reason: string },
): Promise<void> {
  const now = ctx.clock.now();
  const lifted = await tx.sanction.findMany({
    where: { ...which, liftedAt: null },
    select: { id: true, accountId: true },
  });
  const ids = lifted.map(({ id }) => id);
  await tx.sanction.updateMany({ where: { id: { in: ids } }, data: { liftedAt: now } });
  await tx.appeal.updateMany({
    where: { sanctionId: { in: ids }, outcome: null },
    data: { outcome: 'overturned', decidedAt: now, reason },
  });
  for (const sanction of lifted) await tellSanctioned(tx, ctx, sanction);
}

/** Tells a person that something about a sanction of theirs is new. */
export async function tellSanctioned(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue'>,
  { accountId, id }: { accountId: string; id: string },
): Promise<void> {
  await notify(tx, ctx, { accountId, kind: 'moderation', subject: { type: 'sanction', id } });
}
