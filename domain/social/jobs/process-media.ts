import type { Media, MediaRejection } from '#prisma/social';
import type { Context } from '../context.ts';
import { sniffImage } from '../helpers/sniff-image.ts';
import { renderImage } from '../services/render-image.ts';
import type { SocialJobs } from './jobs.ts';

const maxBytes = 10 * 1024 * 1024;

/**
 * Looks at an upload, publishes what is safe of it and empties the quarantine. Every step may run again: names and contents
 * of the blobs depend on the media alone.
 */
export async function processMedia(
  ctx: Pick<Context, 'db' | 'blobs' | 'log'>,
  { mediaId }: SocialJobs['processMedia'],
): Promise<void> {
  const media = await ctx.db.media.findUnique({ where: { id: mediaId } });
  if (media?.status !== 'processing') {
    await ctx.blobs.deleteUpload(mediaId);
    return;
  }
  const rejection = await publishUpload(ctx, media);
  if (rejection !== undefined) {
    ctx.log.info({ mediaId, rejection }, 'an upload was rejected');
    await ctx.db.media.update({ where: { id: mediaId }, data: { status: 'rejected', rejection } });
  }
  await ctx.blobs.deleteUpload(mediaId);
}

/** Publishes the picture and marks it ready; gives the reason when it is none that we take. */
async function publishUpload(
  { db, blobs }: Pick<Context, 'db' | 'blobs'>,
  { id, contentType, byteLength }: Media,
): Promise<MediaRejection | undefined> {
  const size = await blobs.findUploadSize(id);
  if (size === undefined) return 'upload_missing';
  if (size === 0) return 'not_an_image';
  if (size > maxBytes || size > byteLength) return 'too_large';

  const bytes = await blobs.readUpload(id, size);
  const actualType = sniffImage(bytes);
  if (actualType === undefined) return 'not_an_image';
  if (actualType !== contentType) return 'type_mismatch';

  const rendered = await renderImage(bytes);
  if ('rejection' in rendered) return rendered.rejection;
  const { image, thumbnail, width, height, blurhash } = rendered;
  await blobs.publish(id, { image, thumbnail });
  await db.media.update({ where: { id }, data: { status: 'ready', width, height, blurhash } });
  return undefined;
}
