import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentMedia } from '../helpers/present-media.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as media from '../services/media.ts';

type Operations = 'createMedia' | 'getMedia' | 'updateMedia' | 'completeMedia';

export function mediaControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const mediaBase = ctx.blobs.publicUrl;
  return {
    createMedia: async ({ caller, body, headers }) => {
      const created = await media.createMedia(ctx, caller, { key: headers['idempotency-key'], media: body });
      return { status: 201, body: created.body, headers: replayedHeader(created) };
    },
    getMedia: async ({ caller, path }) => ({
      status: 200,
      body: presentMedia(await media.getMedia(ctx, caller, path.mediaId), mediaBase),
    }),
    updateMedia: async ({ caller, path, body }) => ({
      status: 200,
      body: presentMedia(
        await media.updateMedia(ctx, caller, { mediaId: path.mediaId, altText: body.altText }),
        mediaBase,
      ),
    }),
    completeMedia: async ({ caller, path }) => ({
      status: 202,
      body: presentMedia(await media.completeMedia(ctx, caller, path.mediaId), mediaBase),
    }),
  };
}
