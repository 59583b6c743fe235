import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import type { QuotePolicy, ReplyPolicy, Visibility } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { notFound, quoteNotAllowed, replyNotAllowed } from '../errors.ts';
import { assertCircleFits, assertFirstOfThread, assertNotEmpty } from '../validation/post.ts';
import { deliver } from './deliver.ts';
import { limits, takeAllowance } from './limits.ts';
import { assertMayAct } from './may-act.ts';
import { notify } from './notify.ts';
import { findOpenPost, getCard, isVisible } from './post-cards.ts';
import type { PostCard } from '../helpers/sql-cards.ts';
import type { OpenPost, ShownPost } from './post-cards.ts';
import { countPost } from './post-counts.ts';
import { assertAttachable, detachMedia } from './post-media.ts';
import { nameAll, tellMentioned } from './post-names.ts';

export interface NewPost {
  text: string;
  mediaIds?: string[] | undefined;
  visibility: Visibility;
  circleId?: string | undefined;
  replyToId?: string | undefined;
  quoteOfId?: string | undefined;
  replyPolicy?: ReplyPolicy | undefined;
  quotePolicy?: QuotePolicy | undefined;
  pocketId?: string | undefined;
  overrides?: 'alt_text_missing'[] | undefined;
}

type PostContext = Pick<Context, 'db' | 'clock' | 'queue' | 'blobs' | 'config'>;

/** Posts once for a key: the post, its place in the author's own feed and the job that delivers it, in one transaction. */
export async function createPost(
  ctx: PostContext,
  caller: Caller,
  { key, post }: { key: string | undefined; post: NewPost },
): Promise<Outcome<PostCard>> {
  await takeAllowance(ctx, caller, limits.post);
  return idempotent(ctx.db, { ownerId: caller.userId, operation: 'createPost', key, request: post }, async (tx) => {
    const { card } = await writePost(tx, ctx, caller, post);
    return { status: 201, body: card };
  });
}

/** Posts as part of a transaction; allowance and key are its caller's concern. */
export async function writePost(tx: Tx, ctx: PostContext, caller: Caller, post: NewPost): Promise<ShownPost> {
  const { text, mediaIds = [], replyToId, quoteOfId } = post;
  assertNotEmpty({ text, mediaIds });
  assertCircleFits(post);
  assertFirstOfThread(post);
  await assertMayAct(tx, ctx, caller);
  await assertAttachable(tx, caller, { mediaIds, overrides: post.overrides });
  await assertOwnCircle(tx, caller, post.circleId);
  const parent = replyToId === undefined ? undefined : await getAnswerable(tx, ctx, caller, replyToId);
  const quoted = quoteOfId === undefined ? undefined : await getQuotable(tx, ctx, caller, quoteOfId);

  const created = await insertPost(tx, ctx, caller, { post, mediaIds, rootId: parent && (parent.rootId ?? parent.id) });
  await nameAll(tx, created);
  await countPost(tx, created, 1);
  if (!parent) await deliver(tx, ctx, created);
  await tell(tx, ctx, { id: created.id, authorId: caller.userId, parent, quoted });
  return getCard(tx, ctx, caller, created.id);
}

/** @throws not_found for what the caller may not open */
export async function getPost(ctx: Pick<Context, 'db' | 'blobs'>, caller: Caller, postId: string): Promise<ShownPost> {
  return getCard(ctx.db, ctx, caller, postId);
}

/** Leaves a tombstone, which says nothing and keeps the place of the replies. */
export async function deletePost(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  postId: string,
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.post.updateMany({
      where: { id: postId, authorId: caller.userId, deletedAt: null },
      data: { deletedAt: ctx.clock.now(), text: '', pocketId: null, quoteOfId: null },
    });
    if (count === 0) throw notFound();
    const deleted = await tx.post.findUniqueOrThrow({ where: { id: postId } });
    // What staff had taken down was not counted any more.
    if (deleted.removedAt === null) await countPost(tx, deleted, -1);
    await tx.postRevision.deleteMany({ where: { postId } });
    await nameAll(tx, deleted);
    await tx.notification.deleteMany({ where: { postId } });
    await detachMedia(tx, ctx, { postId });
  });
}

async function insertPost(
  tx: Tx,
  ctx: PostContext,
  caller: Caller,
  { post, mediaIds, rootId }: { post: NewPost; mediaIds: string[]; rootId: string | undefined },
) {
  const now = ctx.clock.now();
  return tx.post.create({
    data: {
      id: newId(now),
      authorId: caller.userId,
      text: post.text,
      visibility: post.visibility,
      circleId: post.circleId ?? null,
      replyToId: post.replyToId ?? null,
      rootId: rootId ?? null,
      quoteOfId: post.quoteOfId ?? null,
      replyPolicy: post.replyPolicy ?? 'everyone',
      quotePolicy: post.quotePolicy ?? 'everyone',
      pocketId: post.pocketId ?? null,
      createdAt: now,
      media: { create: mediaIds.map((mediaId, position) => ({ mediaId, position })) },
    },
  });
}

/** Holds the circle, so that nobody deletes it before the post is there. @throws not_found, the same for another's circle and for none */
async function assertOwnCircle(tx: Tx, caller: Caller, circleId: string | undefined): Promise<void> {
  if (circleId === undefined) return;
  const [circle] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM circle WHERE id = ${circleId}::uuid AND owner_id = ${caller.userId}::uuid FOR KEY SHARE`;
  if (!circle) throw notFound('There is no such circle.');
}

async function getAnswerable(tx: Tx, ctx: PostContext, caller: Caller, postId: string): Promise<OpenPost> {
  const post = await findOpenPost(tx, ctx, caller, postId);
  if (!post) throw notFound('The post replied to does not exist.');
  if (!post.canReply) throw replyNotAllowed();
  return post;
}

async function getQuotable(tx: Tx, ctx: PostContext, caller: Caller, postId: string): Promise<OpenPost> {
  const post = await findOpenPost(tx, ctx, caller, postId);
  if (!post) throw notFound('The post to quote does not exist.');
  if (!post.canQuote) throw quoteNotAllowed();
  return post;
}

/** Each person is told once, and only of what they may see: the author replied to, the author quoted, those mentioned. */
async function tell(
  tx: Tx,
  ctx: PostContext,
  {
    id,
    authorId,
    parent,
    quoted,
  }: { id: string; authorId: string; parent?: OpenPost | undefined; quoted?: OpenPost | undefined },
): Promise<void> {
  const told: string[] = [];
  for (const [kind, cause] of [
    ['reply', parent],
    ['quote', quoted],
  ] as const) {
    if (!cause || told.includes(cause.authorId)) continue;
    told.push(cause.authorId);
    if (!(await isVisible(tx, { userId: cause.authorId }, id))) continue;
    await notify(tx, ctx, { accountId: cause.authorId, kind, actorId: authorId, postId: id });
  }
  await tellMentioned(tx, ctx, { id, authorId, told });
}
