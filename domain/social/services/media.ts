import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import type { Media } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound, uploadMissing } from '../errors.ts';
import { limits, takeAllowance } from './limits.ts';
import { assertMayAct } from './may-act.ts';

export type { Media } from '#prisma/social';

const uploadMinutes = 10;

interface NewMedia {
  contentType: string;
  byteLength: number;
  altText?: string | undefined;
}

/** Where a picture is to be uploaded. */
interface MediaUpload {
  mediaId: string;
  upload: { url: string; method: 'PUT'; headers: Record<string, string>; expiresAt: string };
}

/** Makes a media and the URL that can create its blob in quarantine. */
export async function createMedia(
  ctx: Pick<Context, 'db' | 'clock' | 'blobs'>,
  caller: Caller,
  { key, media }: { key: string | undefined; media: NewMedia },
): Promise<Outcome<MediaUpload>> {
  await takeAllowance(ctx, caller, limits.upload);
  await ctx.blobs.prepare();
  const request = { ownerId: caller.userId, operation: 'createMedia', key, request: media };
  return idempotent(ctx.db, request, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const now = ctx.clock.now();
    const id = newId(now);
    const { contentType, byteLength, altText } = media;
    await tx.media.create({
      data: { id, accountId: caller.userId, contentType, byteLength, altText: altText ?? null, createdAt: now },
    });
    // Once prepared, signing is arithmetic: nothing waits for the network here.
    const upload = await ctx.blobs.signUpload(id, contentType, new Date(now.getTime() + uploadMinutes * 60_000));
    return { status: 201, body: { mediaId: id, upload: { ...upload, expiresAt: upload.expiresAt.toISOString() } } };
  });
}

/** One of the caller's pictures. */
export async function getMedia(ctx: Pick<Context, 'db'>, caller: Caller, mediaId: string): Promise<Media> {
  const media = await ctx.db.media.findFirst({ where: { id: mediaId, accountId: caller.userId } });
  if (!media) throw notFound();
  return media;
}

/** Describes one of the caller's pictures, or takes the description away. */
export async function updateMedia(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { mediaId, altText }: { mediaId: string; altText: string | null },
): Promise<Media> {
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const { count } = await tx.media.updateMany({
      where: { id: mediaId, accountId: caller.userId },
      data: { altText },
    });
    if (count === 0) throw notFound();
    // A person's own account shows what their picture shows, under this version.
    await tx.profile.updateMany({ where: { avatarMediaId: mediaId }, data: { version: { increment: 1 } } });
    return tx.media.findUniqueOrThrow({ where: { id: mediaId } });
  });
}

/** Hands an uploaded picture to the job that checks it; idempotent. */
export async function completeMedia(
  ctx: Pick<Context, 'db' | 'queue' | 'blobs'>,
  caller: Caller,
  mediaId: string,
): Promise<Media> {
  const media = await getMedia(ctx, caller, mediaId);
  if (media.status !== 'awaiting_upload') return media;
  if ((await ctx.blobs.findUploadSize(mediaId)) === undefined) throw uploadMissing();

  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.media.updateMany({
      where: { id: mediaId, accountId: caller.userId, status: 'awaiting_upload' },
      data: { status: 'processing' },
    });
    if (count === 1) await ctx.queue.add(tx, 'processMedia', { mediaId });
  });
  return getMedia(ctx, caller, mediaId);
}
