import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import { notFound } from '../errors.ts';
import { assertPostMatch } from '../helpers/post-etag.ts';
import { assertNotEmpty } from '../validation/post.ts';
import { limits, takeAllowance } from './limits.ts';
import { assertMayAct } from './may-act.ts';
import { getCard } from './post-cards.ts';
import type { ShownPost } from './post-cards.ts';
import { assertAttachable, detachMedia } from './post-media.ts';
import { forgetMentions, listMentioned, nameAll, tellMentioned } from './post-names.ts';
import { keepVersion } from './post-versions.ts';

interface PostChange {
  text?: string | undefined;
  mediaIds?: string[] | undefined;
  overrides?: 'alt_text_missing'[] | undefined;
}

type EditContext = Pick<Context, 'db' | 'clock' | 'queue' | 'blobs'>;

/** Gives the post another text or other pictures, and keeps what it said. @throws not_found, precondition_failed, post_empty */
export async function updatePost(
  ctx: EditContext,
  caller: Caller,
  { postId, change, ifMatch }: { postId: string; change: PostChange; ifMatch: string | undefined },
): Promise<ShownPost> {
  await takeAllowance(ctx, caller, limits.post);
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const before = await lockOwnPost(tx, caller, postId);
    assertPostMatch(ifMatch, before.version, caller.userId);

    const text = change.text ?? before.text;
    const mediaIds = change.mediaIds?.map((id) => id.toLowerCase()) ?? before.mediaIds;
    assertNotEmpty({ text, mediaIds });
    const showsOthers = mediaIds.join() !== before.mediaIds.join();
    if (text === before.text && !showsOthers) return getCard(tx, ctx, caller, postId);

    if (showsOthers) await assertAttachable(tx, caller, { mediaIds, overrides: change.overrides });
    await keepVersion(tx, postId);
    await tx.post.update({
      where: { id: postId },
      data: { text, version: { increment: 1 }, editedAt: ctx.clock.now() },
    });
    if (showsOthers) await attachInstead(tx, ctx, { postId, mediaIds });
    await nameAgain(tx, ctx, { id: postId, authorId: caller.userId, text });
    return getCard(tx, ctx, caller, postId);
  });
}

/** Edits of one post come one after another. */
async function lockOwnPost(tx: Tx, caller: Caller, postId: string) {
  const [post] = await tx.$queryRaw<{ text: string; version: number }[]>`
    SELECT text, version FROM post
    WHERE id = ${postId}::uuid AND author_id = ${caller.userId}::uuid AND deleted_at IS NULL AND removed_at IS NULL
    FOR NO KEY UPDATE`;
  if (!post) throw notFound();
  const attached = await tx.postMedia.findMany({ where: { postId }, orderBy: { position: 'asc' } });
  return { ...post, mediaIds: attached.map(({ mediaId }) => mediaId) };
}

async function attachInstead(tx: Tx, ctx: EditContext, { postId, mediaIds }: { postId: string; mediaIds: string[] }) {
  await detachMedia(tx, ctx, { postId, kept: mediaIds });
  await tx.postMedia.createMany({ data: mediaIds.map((mediaId, position) => ({ postId, mediaId, position })) });
}

/** Whoever was mentioned before, or is told as the author of the post it answers or quotes, is not told again. */
async function nameAgain(tx: Tx, ctx: EditContext, post: { id: string; authorId: string; text: string }) {
  const before = await listMentioned(tx, post.id);
  await nameAll(tx, post);
  await forgetMentions(tx, { ...post, before });
  const { replyTo, quoteOf } = await tx.post.findUniqueOrThrow({
    where: { id: post.id },
    select: { replyTo: { select: { authorId: true } }, quoteOf: { select: { authorId: true } } },
  });
  const others = [replyTo, quoteOf].flatMap((cause) => (cause ? [cause.authorId] : []));
  await tellMentioned(tx, ctx, { ...post, told: [...before, ...others] });
}
