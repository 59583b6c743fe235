import type { Caller } from '#platform/caller';
import type { Context, Tx } from '../context.ts';
import { altTextMissing, mediaNotReady, notFound } from '../errors.ts';
import { holdMedia } from './hold-media.ts';

interface Attachment {
  mediaIds: string[];
  overrides?: 'alt_text_missing'[] | undefined;
}

/** @throws not_found for another's picture; media_not_ready; alt_text_missing when the caller wants to be reminded and was not yet */
export async function assertAttachable(tx: Tx, caller: Caller, { mediaIds, overrides }: Attachment): Promise<void> {
  if (mediaIds.length === 0) return;
  const found = await holdMedia(tx, caller, mediaIds);
  if (found.length < mediaIds.length) throw notFound('There is no such picture.');
  if (found.some(({ status }) => status !== 'ready')) throw mediaNotReady();
  if (overrides?.includes('alt_text_missing') === true) return;

  const described = new Set(found.filter(({ altText }) => altText !== null).map(({ id }) => id));
  const places = mediaIds.flatMap((id, place) => (described.has(id.toLowerCase()) ? [] : [place]));
  if (places.length > 0 && (await isReminded(tx, caller))) throw altTextMissing(places);
}

/** Takes all pictures of a post off it, save those of `kept`; those that nothing shows any more are removed by a job. */
export async function detachMedia(
  tx: Tx,
  ctx: Pick<Context, 'queue'>,
  { postId, kept = [] }: { postId: string; kept?: string[] },
): Promise<void> {
  const attached = await tx.postMedia.findMany({ where: { postId }, select: { mediaId: true } });
  if (attached.length === 0) return;
  await tx.postMedia.deleteMany({ where: { postId } });
  const mediaIds = attached.map(({ mediaId }) => mediaId).filter((mediaId) => !kept.includes(mediaId));
  if (mediaIds.length > 0) await ctx.queue.add(tx, 'removeMedia', { mediaIds });
}

async function isReminded(tx: Tx, caller: Caller): Promise<boolean> {
  const profile = await tx.profile.findUnique({
    where: { accountId: caller.userId },
    select: { altTextPolicy: true },
  });
  return profile?.altTextPolicy === 'remind';
}
