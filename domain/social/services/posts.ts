import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import type { Visibility } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { mediaNotReady, notFound } from '../errors.ts';
import { assertNotEmpty } from '../validation/post.ts';
import { deliver } from './deliver.ts';
import { assertMayAct } from './may-act.ts';
import { notify } from './notify.ts';
import { findVisiblePost, getCard } from './post-cards.ts';
import type { PostCard } from './post-cards.ts';

interface NewPost {
  text: string;
  mediaIds?: string[] | undefined;
  visibility: Visibility;
  replyToId?: string | undefined;
  pocketId?: string | undefined;
}

type PostContext = Pick<Context, 'db' | 'clock' | 'queue' | 'blobs' | 'config'>;

/** Posts once for a key: the post, its place in the author's own feed and the job that delivers it, in one transaction. */
export async function createPost(
  ctx: PostContext,
  caller: Caller,
  { key, post }: { key: string | undefined; post: NewPost },
): Promise<Outcome<PostCard>> {
  const { text, mediaIds = [], visibility, replyToId, pocketId } = post;
  assertNotEmpty({ text, mediaIds });
  return idempotent(ctx.db, { ownerId: caller.userId, operation: 'createPost', key, request: post }, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    await assertReady(tx, caller, mediaIds);
    const parent = replyToId === undefined ? undefined : await findVisiblePost(tx, caller, replyToId);
    if (replyToId !== undefined && !parent) throw notFound('The post replied to does not exist.');

    const now = ctx.clock.now();
    const id = newId(now);
    await tx.post.create({
      data: {
        id,
        authorId: caller.userId,
        text,
        visibility,
        replyToId: replyToId ?? null,
        pocketId: pocketId ?? null,
        createdAt: now,
        media: { create: mediaIds.map((mediaId, position) => ({ mediaId, position })) },
      },
    });
    if (parent) await countReply(tx, ctx, { parent, reply: { id, authorId: caller.userId } });
    const author = await tx.profile.update({
      where: { accountId: caller.userId },
      data: { postCount: { increment: 1 } },
    });
    if (!parent) await deliver(tx, ctx, { id, visibility, author });
    return { status: 201, body: await getCard(tx, ctx, caller, id) };
  });
}

/** @throws not_found for what the caller may not open */
export async function getPost(ctx: Pick<Context, 'db' | 'blobs'>, caller: Caller, postId: string): Promise<PostCard> {
  return getCard(ctx.db, ctx, caller, postId);
}

/** Leaves a tombstone, without text and pictures. */
export async function deletePost(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  postId: string,
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.post.updateMany({
      where: { id: postId, authorId: caller.userId, deletedAt: null },
      data: { deletedAt: ctx.clock.now(), text: '', pocketId: null },
    });
    if (count === 0) throw notFound();
    const { replyToId } = await tx.post.findUniqueOrThrow({ where: { id: postId }, select: { replyToId: true } });
    if (replyToId !== null) {
      await tx.post.update({ where: { id: replyToId }, data: { replyCount: { decrement: 1 } } });
    }
    await tx.profile.update({ where: { accountId: caller.userId }, data: { postCount: { decrement: 1 } } });
    await tx.notification.deleteMany({ where: { postId } });
    await detachMedia(tx, ctx, postId);
  });
}

async function assertReady(tx: Tx, caller: Caller, mediaIds: string[]): Promise<void> {
  if (mediaIds.length === 0) return;
  const found = await tx.media.findMany({
    where: { id: { in: mediaIds }, accountId: caller.userId },
    select: { status: true },
  });
  if (found.length < mediaIds.length) throw notFound('There is no such picture.');
  if (found.some(({ status }) => status !== 'ready')) throw mediaNotReady();
}

/** The author of the parent is told of a reply that they may see. */
async function countReply(
  tx: Tx,
  ctx: PostContext,
  { parent, reply }: { parent: { id: string; authorId: string }; reply: { id: string; authorId: string } },
): Promise<void> {
  await tx.post.update({ where: { id: parent.id }, data: { replyCount: { increment: 1 } } });
  const seen = await findVisiblePost(tx, { userId: parent.authorId }, reply.id);
  if (seen)
    await notify(tx, ctx, { accountId: parent.authorId, kind: 'reply', actorId: reply.authorId, postId: reply.id });
}

async function detachMedia(tx: Tx, ctx: Pick<Context, 'queue'>, postId: string): Promise<void> {
  const attached = await tx.postMedia.findMany({ where: { postId }, select: { mediaId: true } });
  if (attached.length === 0) return;
  await tx.postMedia.deleteMany({ where: { postId } });
  await ctx.queue.add(tx, 'removeMedia', { mediaIds: attached.map(({ mediaId }) => mediaId) });
}
