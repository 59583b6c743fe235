import type { components } from '#openapi/social';
import type { Media } from '../services/media.ts';
import { mediaUrl } from './media-url.ts';

export function presentMedia(media: Media, mediaBase: string): components['schemas']['Media'] {
  const isReady = media.status === 'ready';
  return {
    id: media.id,
    status: media.status === 'awaiting_upload' ? 'processing' : media.status,
    altText: media.altText,
    url: isReady ? mediaUrl(mediaBase, media.id, 'image') : null,
    thumbnailUrl: isReady ? mediaUrl(mediaBase, media.id, 'thumbnail') : null,
    width: media.width,
    height: media.height,
    blurhash: media.blurhash,
    reason: media.rejection,
  };
}
