import type { Caller } from '#platform/caller';
import type { Tx } from '../context.ts';
import { notFound } from '../errors.ts';
import { holdMedia } from './hold-media.ts';
import { isVisible } from './post-cards.ts';

interface Named {
  mediaIds?: string[] | undefined;
  circleId?: string | undefined;
  replyToId?: string | undefined;
  quoteOfId?: string | undefined;
}

/** Pictures and circle are the caller's own, and the posts theirs to open. @throws not_found, the same for what does not exist */
export async function assertUsable(
  tx: Tx,
  caller: Caller,
  { mediaIds = [], circleId, replyToId, quoteOfId }: Named,
): Promise<void> {
  const accountId = caller.userId;
  const owned = await holdMedia(tx, caller, mediaIds);
  if (owned.length < mediaIds.length) throw notFound('There is no such picture.');
  if (circleId !== undefined && (await tx.circle.count({ where: { id: circleId, ownerId: accountId } })) === 0) {
    throw notFound('There is no such circle.');
  }
  for (const postId of [replyToId, quoteOfId]) {
    if (postId !== undefined && !(await isVisible(tx, caller, postId))) throw notFound('There is no such post.');
  }
}
