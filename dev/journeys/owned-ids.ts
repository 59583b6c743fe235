import type { operations } from '#openapi/bff-mobile';
import type { OwnedThings } from './owned-things.ts';

/** What becomes of a stranger's request that names something. */
interface Outcome {
  /** The kind of thing that the id names. */
  thing: keyof OwnedThings;
  status: number;
  code?: string;
}

const hidden = (thing: keyof OwnedThings): Outcome => ({ thing, status: 404, code: 'not_found' });

/**
 * Every operation of the phone's contract that takes an id, by the name of the path parameter or the member of the body:
 * what a stranger is answered, the same for what is another's as for what is not there.
 */
export const idsOfOperations: { [Id in keyof operations]?: Record<string, Outcome> } = {
  endSession: { sessionId: hidden('sessionId') },
  updateMe: { avatarMediaId: hidden('mediaId') },
  getMedia: { mediaId: hidden('mediaId') },
  completeMedia: { mediaId: hidden('mediaId') },
  createPost: { mediaIds: hidden('mediaId'), replyToId: hidden('postId') },
  getPost: { postId: hidden('postId') },
  deletePost: { postId: hidden('postId') },
  setReaction: { postId: hidden('postId') },
  // Taking back what was never given is done already, whatever the post.
  deleteReaction: { postId: { thing: 'postId', status: 204 } },
  getPocket: { pocketId: hidden('pocketId') },
  updatePocket: { pocketId: hidden('pocketId') },
  closePocket: { pocketId: hidden('pocketId'), sweepToPocketId: hidden('pocketId') },
  createContribution: { pocketId: hidden('pocketId') },
  createPocketWithdrawal: { pocketId: hidden('pocketId') },
  createPocketTransfer: { pocketId: hidden('pocketId'), toPocketId: hidden('pocketId') },
  listMovements: { pocketId: hidden('pocketId') },
  reverseMovement: { movementId: hidden('movementId') },
  createDeposit: { accountId: hidden('accountId') },
  createWalletWithdrawal: { accountId: hidden('accountId') },
  getTransfer: { transferId: hidden('transferId') },
  getConnection: { connectionId: hidden('connectionId') },
  deleteConnection: { connectionId: hidden('connectionId') },
  syncConnection: { connectionId: hidden('connectionId') },
  listTransactions: { accountId: hidden('accountId') },
};

/** Ids of what belongs to nobody else: people may be found and followed by everyone whom they have not blocked. */
export const openIds: { [Id in keyof operations]?: string[] } = {
  followUser: ['userId'],
  unfollowUser: ['userId'],
  // A place in the caller's own timeline, which nobody looks up.
  putMarker: ['lastReadId'],
  // The provider's id of a bank.
  createConnection: ['institutionId'],
};
