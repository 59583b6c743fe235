import type { operations } from '#openapi/bff-mobile';
import type { OwnedThings } from './owned-things.ts';

/** What becomes of a stranger's request that names something. */
interface Outcome {
  /** The kind of thing that the id names. */
  thing: keyof OwnedThings;
  status: number;
  code?: string;
  /** What else the body must say for the id to be looked at. */
  beside?: object;
}

const hidden = (thing: keyof OwnedThings): Outcome => ({ thing, status: 404, code: 'not_found' });

const namedByDraft = {
  mediaIds: hidden('mediaId'),
  circleId: hidden('circleId'),
  replyToId: hidden('postId'),
  quoteOfId: hidden('postId'),
  pocketId: hidden('pocketId'),
};

/**
 * Every operation of the phone's contract that takes an id, by the name of the path parameter or the member of the body:
 * what a stranger is answered, the same for what is another's as for what is not there.
 */
export const idsOfOperations: { [Id in keyof operations]?: Record<string, Outcome> } = {
  endSession: { sessionId: hidden('sessionId') },
  updateMe: { avatarMediaId: hidden('mediaId') },
  getExport: { exportId: hidden('exportId') },
  // Who has not asked to follow looks like nobody; to refuse what was never asked is done already.
  acceptFollowRequest: { userId: hidden('userId') },
  rejectFollowRequest: { userId: { thing: 'userId', status: 204 } },
  updateMutedWord: { mutedWordId: hidden('mutedWordId') },
  deleteMutedWord: { mutedWordId: hidden('mutedWordId') },
  getCircle: { circleId: hidden('circleId') },
  updateCircle: { circleId: hidden('circleId') },
  deleteCircle: { circleId: hidden('circleId') },
  addCircleMember: { circleId: hidden('circleId') },
  removeCircleMember: { circleId: hidden('circleId') },
  listCircleMembers: { circleId: hidden('circleId') },
  getMedia: { mediaId: hidden('mediaId') },
  completeMedia: { mediaId: hidden('mediaId') },
  updateMedia: { mediaId: hidden('mediaId') },
  createPost: {
    mediaIds: hidden('mediaId'),
    circleId: { ...hidden('circleId'), beside: { visibility: 'circle' } },
    replyToId: hidden('postId'),
    quoteOfId: hidden('postId'),
    pocketId: hidden('pocketId'),
  },
  getPost: { postId: hidden('postId') },
  updatePost: { postId: hidden('postId'), mediaIds: hidden('mediaId') },
  deletePost: { postId: hidden('postId') },
  listPostVersions: { postId: hidden('postId') },
  getThread: { postId: hidden('postId') },
  getPostScreen: { postId: hidden('postId') },
  listQuotes: { postId: hidden('postId') },
  revokeQuote: { postId: hidden('postId'), quoteId: hidden('postId') },
  setReaction: { postId: hidden('postId') },
  // Taking back what was never given is done already, whatever the post.
  deleteReaction: { postId: { thing: 'postId', status: 204 } },
  listReactions: { postId: hidden('postId') },
  repostPost: { postId: hidden('postId') },
  unrepostPost: { postId: { thing: 'postId', status: 204 } },
  listReposts: { postId: hidden('postId') },
  bookmarkPost: { postId: hidden('postId') },
  unbookmarkPost: { postId: { thing: 'postId', status: 204 } },
  createDraft: namedByDraft,
  getDraft: { draftId: hidden('draftId') },
  putDraft: { draftId: hidden('draftId'), ...namedByDraft },
  deleteDraft: { draftId: hidden('draftId') },
  publishDraft: { draftId: hidden('draftId') },
  getNotification: { notificationId: hidden('notificationId') },
  deleteNotification: { notificationId: hidden('notificationId') },
  deleteDevice: { deviceId: { thing: 'deviceId', status: 204 } },
  appealSanction: { sanctionId: hidden('sanctionId') },
  getPocket: { pocketId: hidden('pocketId') },
  getPocketBalance: { pocketId: hidden('pocketId') },
  getPocketStatement: { pocketId: hidden('pocketId') },
  getPocketScreen: { pocketId: hidden('pocketId') },
  updatePocket: { pocketId: hidden('pocketId'), imageMediaId: hidden('mediaId') },
  closePocket: { pocketId: hidden('pocketId'), sweepToPocketId: hidden('pocketId') },
  sharePocket: { pocketId: hidden('pocketId') },
  unsharePocket: { pocketId: hidden('pocketId') },
  createContribution: { pocketId: hidden('pocketId') },
  createPocketWithdrawal: { pocketId: hidden('pocketId') },
  createPocketTransfer: { pocketId: hidden('pocketId'), toPocketId: hidden('pocketId') },
  listMovements: { pocketId: hidden('pocketId') },
  lockPocket: { pocketId: hidden('pocketId') },
  unlockPocket: { pocketId: hidden('pocketId') },
  cancelUnlock: { pocketId: hidden('pocketId') },
  approveUnlock: { pocketId: hidden('pocketId') },
  acceptGuardianship: { guardianshipId: hidden('guardianshipId') },
  declineGuardianship: { guardianshipId: hidden('guardianshipId') },
  createChallenge: { pocketId: hidden('pocketId') },
  getChallenge: { challengeId: hidden('challengeId') },
  joinChallenge: { challengeId: hidden('challengeId'), pocketId: hidden('pocketId') },
  // To say no to what one was not asked is done already.
  declineChallenge: { challengeId: { thing: 'challengeId', status: 204 } },
  deleteChallengeMember: { challengeId: hidden('challengeId'), userId: hidden('userId') },
  encourageMember: { challengeId: hidden('challengeId'), userId: hidden('userId') },
  listMilestones: { pocketId: hidden('pocketId') },
  reverseMovement: { movementId: hidden('movementId') },
  listPocketMembers: { pocketId: hidden('pocketId') },
  updatePocketMember: { pocketId: hidden('pocketId'), userId: hidden('userId') },
  deletePocketMember: { pocketId: hidden('pocketId'), userId: hidden('userId') },
  createInvitation: { pocketId: hidden('pocketId') },
  listPocketInvitations: { pocketId: hidden('pocketId') },
  withdrawInvitation: { invitationId: hidden('invitationId') },
  acceptInvitation: { invitationId: hidden('invitationId') },
  declineInvitation: { invitationId: hidden('invitationId') },
  getPocketPolicy: { pocketId: hidden('pocketId') },
  putPocketPolicy: { pocketId: hidden('pocketId') },
  listApprovals: { pocketId: hidden('pocketId') },
  approveApproval: { approvalId: hidden('approvalId') },
  rejectApproval: { approvalId: hidden('approvalId') },
  cancelApproval: { approvalId: hidden('approvalId') },
  coverTransaction: { transactionId: hidden('transactionId'), pocketId: hidden('pocketId') },
  getCover: { transactionId: hidden('transactionId') },
  createRule: { pocketId: hidden('pocketId') },
  listRules: { pocketId: hidden('pocketId') },
  getRule: { pocketId: hidden('pocketId'), ruleId: hidden('ruleId') },
  // Bob's rule rounds up: it takes no pockets, and no single account, whosever they are.
  updateRule: {
    pocketId: hidden('pocketId'),
    ruleId: hidden('ruleId'),
    accountIds: hidden('accountId'),
    accountId: { thing: 'accountId', status: 422, code: 'rule_setting_unfit' },
    pocketIds: { thing: 'pocketId', status: 422, code: 'rule_setting_unfit' },
  },
  deleteRule: { pocketId: hidden('pocketId'), ruleId: hidden('ruleId') },
  listPocketRuleRuns: { pocketId: hidden('pocketId') },
  createDeposit: { accountId: hidden('accountId') },
  createWalletWithdrawal: { accountId: hidden('accountId') },
  getTransfer: { transferId: hidden('transferId') },
  cancelTransfer: { transferId: hidden('transferId') },
  getConnection: { connectionId: hidden('connectionId') },
  deleteConnection: { connectionId: hidden('connectionId') },
  syncConnection: { connectionId: hidden('connectionId') },
  renewConnection: { connectionId: hidden('connectionId') },
  listConnectionHistory: { connectionId: hidden('connectionId') },
  listTransactions: { accountId: hidden('accountId') },
  getTransaction: { transactionId: hidden('transactionId') },
  updateTransaction: { transactionId: hidden('transactionId') },
};

/** Ids of what belongs to nobody else: people may be found and followed by everyone whom they have not blocked. */
export const openIds: { [Id in keyof operations]?: string[] } = {
  followUser: ['userId'],
  unfollowUser: ['userId'],
  removeFollower: ['userId'],
  listFollowers: ['userId'],
  listFollowing: ['userId'],
  blockUser: ['userId'],
  unblockUser: ['userId'],
  muteUser: ['userId'],
  unmuteUser: ['userId'],
  addCircleMember: ['userId'],
  removeCircleMember: ['userId'],
  acceptNotificationRequests: ['userId'],
  dismissNotificationRequests: ['userId'],
  createInvitation: ['userId'],
  lockPocket: ['guardianId'],
  createChallenge: ['memberIds'],
  // The phone's own choice, which names a device of the caller alone.
  putDevice: ['deviceId'],
  // The community's rules. (What a report is about stands inside of `subject`.)
  createReport: ['ruleIds'],
  // What staff tell everyone; whoever dismisses it does so for themselves.
  dismissAnnouncement: ['announcementId'],
  // A place in the caller's own timeline, which nobody looks up.
  putMarker: ['lastReadId'],
  // The provider's id of a bank.
  createConnection: ['institutionId'],
};
