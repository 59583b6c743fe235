/** Where a published picture is; the SQL function media_url says the same. */
export function mediaUrl(mediaBase: string, mediaId: string, rendition: 'image' | 'thumbnail'): string {
  return `${mediaBase}/${mediaId}/${rendition}.webp`;
}

/** A person's picture, or null. */
export function avatarUrl(mediaBase: string, avatarMediaId: string | null): string | null {
  return avatarMediaId === null ? null : mediaUrl(mediaBase, avatarMediaId, 'thumbnail');
}
