import type { Caller } from '#platform/caller';
import type { Prisma } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { notFound } from '../errors.ts';
import { assertKnownRules } from '../validation/rules.ts';
import { decide } from './decisions.ts';
import type { Decision } from './decisions.ts';
import { countPost } from './post-counts.ts';
import { addSanction, liftSanctions } from './sanctions.ts';

const versionsAtMost = 100;

const forStaff = {
  author: { select: { profile: true } },
  media: { include: { media: true }, orderBy: { position: 'asc' } },
  revisions: { orderBy: { version: 'desc' }, take: versionsAtMost },
  sanctions: { where: { kind: 'post_removed', liftedAt: null }, include: { decision: true }, take: 1 },
} satisfies Prisma.PostInclude;

export type StaffPostRow = Prisma.PostGetPayload<{ include: typeof forStaff }>;

/** A post with its versions and its removal. Staff see each one: nothing else reads posts past `visible_posts`. @throws not_found */
export async function getPostForStaff(ctx: Pick<Context, 'db'>, postId: string): Promise<StaffPostRow> {
  const post = await ctx.db.post.findUnique({ where: { id: postId }, include: forStaff });
  if (!post) throw notFound();
  return post;
}

/** Takes a post down, which its author finds among their sanctions; once for a decision. @throws not_found, unknown_rule */
export async function removePost(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { postId, ruleIds = [], ...decision }: Decision & { postId: string; ruleIds?: string[] | undefined },
): Promise<StaffPostRow> {
  assertKnownRules(ruleIds);
  await decide(
    ctx,
    caller,
    { ...decision, action: 'remove_post', targetId: postId },
    {
      lock: (tx) => lockPost(tx, postId),
      async carryOut(tx, { accountId, deletedAt }) {
        if (deletedAt !== null) throw notFound();
        await takeDown(tx, ctx, { postId, accountId, decisionId: decision.decisionId, ruleIds });
      },
    },
  );
  return getPostForStaff(ctx, postId);
}

/** Hides a post, which counts no more, and holds that against its author; one that is down already stays as it is. It is locked. */
export async function takeDown(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue'>,
  { postId, ...sanction }: { postId: string; accountId: string; decisionId: string; ruleIds: string[] },
): Promise<void> {
  const { count } = await tx.post.updateMany({
    where: { id: postId, removedAt: null },
    data: { removedAt: ctx.clock.now() },
  });
  if (count === 0) return;
  const post = await tx.post.findUniqueOrThrow({ where: { id: postId } });
  await countPost(tx, post, -1);
  await addSanction(tx, ctx, { ...sanction, kind: 'post_removed', post });
}

/** Puts a removed post back and lifts the sanction; once for a decision. @throws not_found */
export async function restorePost(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { postId, ...decision }: Decision & { postId: string },
): Promise<StaffPostRow> {
  await decide(
    ctx,
    caller,
    { ...decision, action: 'restore_post', targetId: postId },
    {
      lock: (tx) => lockPost(tx, postId),
      async carryOut(tx, { deletedAt }) {
        if (deletedAt !== null) throw notFound();
        await liftSanctions(tx, ctx, { which: { postId, kind: 'post_removed' }, reason: decision.reason });
        await putBack(tx, postId);
      },
    },
  );
  return getPostForStaff(ctx, postId);
}

/** Shows a removed post again, and counts it, unless its author has deleted it meanwhile. */
export async function putBack(tx: Tx, postId: string): Promise<void> {
  const { count } = await tx.post.updateMany({
    where: { id: postId, removedAt: { not: null } },
    data: { removedAt: null },
  });
  if (count === 0) return;
  const post = await tx.post.findUniqueOrThrow({ where: { id: postId } });
  if (post.deletedAt === null) await countPost(tx, post, 1);
}

async function lockPost(tx: Tx, postId: string): Promise<{ accountId: string; deletedAt: Date | null }> {
  const [post] = await tx.$queryRaw<{ accountId: string; deletedAt: Date | null }[]>`
    SELECT author_id AS "accountId", deleted_at AS "deletedAt" FROM post WHERE id = ${postId}::uuid FOR NO KEY UPDATE`;
  if (!post) throw notFound();
  return post;
}
