import type { Context } from '../context.ts';
import { mediaUrl } from '../helpers/media-url.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as pocketImages from '../services/pocket-images.ts';

export function pocketImageControllers(ctx: Context): Pick<SocialHandlers, 'keepPocketImage' | 'dropPocketImages'> {
  return {
    keepPocketImage: async ({ caller, path, body: { mediaId } }) => {
      const earlierMediaIds = await pocketImages.keepPocketImage(ctx, caller, { ...path, mediaId });
      const imageUrl = mediaId && mediaUrl(ctx.blobs.publicUrl, mediaId.toLowerCase(), 'image');
      return { status: 200, body: { imageUrl, earlierMediaIds } };
    },
    dropPocketImages: async ({ caller, path, query }) => {
      await pocketImages.dropPocketImages(ctx, caller, { ...path, ...query });
      return { status: 204 };
    },
  };
}
