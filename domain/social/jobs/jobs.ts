/** Every job of this service, with what it is given. */
export interface SocialJobs {
  /** Checks, re-encodes and publishes an uploaded picture. */
  processMedia: { mediaId: string };
  /** Removes published pictures that nothing shows any more. */
  removeMedia: { mediaIds: string[] };
  /** Delivers a post to the next followers after `after`, then adds itself again for the rest. */
  fanOutPost: { postId: string; authorId: string; after: string };
  /** Delivers the recent posts of an author (or of all followed ones) to one person. */
  fillTimeline: { ownerId: string; authorId?: string };
  /** Forgets what has outlived its use. Added by the clock. */
  sweep: Record<string, never>;
}
