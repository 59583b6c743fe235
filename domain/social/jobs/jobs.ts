import type { TellingMail } from '../helpers/mail-texts.ts';

/** Every job of this service, with what it is given. */
export interface SocialJobs {
  /** Checks, re-encodes and publishes an uploaded picture. */
  processMedia: { mediaId: string };
  /** Removes published pictures that nothing shows any more. */
  removeMedia: { mediaIds: string[] };
  /** Delivers a post to the next followers after `after`, then adds itself again for the rest. */
  fanOutPost: { postId: string; authorId: string; after: string };
  /** Delivers a repost to the next followers after `after`, then adds itself again for the rest. */
  fanOutRepost: { repostId: string; after: string };
  /** Delivers recent posts and reposts to one person: of an author, or of the next followed ones after `after`, as fanOutPost goes on. */
  fillTimeline: { ownerId: string; authorId?: string; after?: string };
  /** Makes the archive of everything about a person. */
  buildExport: { exportId: string };
  /** Deletes archives that have died, and gives up those that were never finished. Added by the clock. */
  expireExports: Record<string, never>;
  /** Begins to carry out the closures whose days of grace are over. Added by the clock. */
  carryOutClosures: Record<string, never>;
  /** Deletes an account for good, in all services, unless money is in the way. */
  carryOutClosure: { accountId: string };
  /** Pushes to the devices of a person that there is something new, once for whatever came since the last time. */
  push: { accountId: string };
  /** Asks the push service what became of a push, and forgets the device when it is gone. */
  checkPush: { accountId: string; deviceId: string; tokenHash: string; receipt: string };
  /** Sends a person a mail, to `to` or else to their present address. A code in it is made by the job, and never stands here. */
  sendMail: { kind: 'verification' | TellingMail; accountId: string; to?: string };
  /** Sends a code for a forgotten password, if anybody has the address. */
  sendResetCode: { email: string };
  /** Finds the posts and tags that many answer to and use. Added by the clock. */
  refreshTrends: Record<string, never>;
  /** Cuts the feeds of the next people after `after` to the length that is kept, then adds itself again for the rest. */
  trimTimelines: { after: string };
  /** Forgets what has outlived its use. Added by the clock. */
  sweep: Record<string, never>;
}
