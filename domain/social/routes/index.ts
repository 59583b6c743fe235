import type { Context } from '../context.ts';
import { accountControllers } from '../controllers/accounts.ts';
import { addressControllers } from '../controllers/addresses.ts';
import { deviceControllers } from '../controllers/devices.ts';
import { blockControllers } from '../controllers/blocks.ts';
import { bookmarkControllers } from '../controllers/bookmarks.ts';
import { circleMemberControllers } from '../controllers/circle-members.ts';
import { circleControllers } from '../controllers/circles.ts';
import { draftControllers } from '../controllers/drafts.ts';
import { feedControllers } from '../controllers/feed.ts';
import { leavingControllers } from '../controllers/leaving.ts';
import { followRequestControllers } from '../controllers/follow-requests.ts';
import { mediaControllers } from '../controllers/media.ts';
import { notificationPolicyControllers } from '../controllers/notification-policy.ts';
import { mutedWordControllers } from '../controllers/muted-words.ts';
import { muteControllers } from '../controllers/mutes.ts';
import { moderationControllers } from '../controllers/moderation.ts';
import { notificationControllers } from '../controllers/notifications.ts';
import { pocketImageControllers } from '../controllers/pocket-images.ts';
import { postControllers } from '../controllers/posts.ts';
import { profileControllers } from '../controllers/profiles.ts';
import { reactionControllers } from '../controllers/reactions.ts';
import { relationControllers } from '../controllers/relations.ts';
import { repostControllers } from '../controllers/reposts.ts';
import { searchControllers } from '../controllers/search.ts';
import { screenControllers } from '../controllers/screens.ts';
import { reportControllers } from '../controllers/reports.ts';
import { sessionControllers } from '../controllers/sessions.ts';
import { staffFigureControllers } from '../controllers/staff-figures.ts';
import { suspensionControllers } from '../controllers/suspensions.ts';
import { threadControllers } from '../controllers/threads.ts';
import type { SocialHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/social.yaml, from the controller of its resource. */
export function createRoutes(ctx: Context): SocialHandlers {
  return {
    ...accountControllers(ctx),
    ...suspensionControllers(ctx),
    ...staffFigureControllers(ctx),
    ...addressControllers(ctx),
    ...reportControllers(ctx),
    ...moderationControllers(ctx),
    ...sessionControllers(ctx),
    ...profileControllers(ctx),
    ...relationControllers(ctx),
    ...followRequestControllers(ctx),
    ...blockControllers(ctx),
    ...muteControllers(ctx),
    ...mutedWordControllers(ctx),
    ...circleControllers(ctx),
    ...circleMemberControllers(ctx),
    ...mediaControllers(ctx),
    ...pocketImageControllers(ctx),
    ...postControllers(ctx),
    ...threadControllers(ctx),
    ...reactionControllers(ctx),
    ...repostControllers(ctx),
    ...bookmarkControllers(ctx),
    ...draftControllers(ctx),
    ...feedControllers(ctx),
    ...searchControllers(ctx),
    ...notificationControllers(ctx),
    ...notificationPolicyControllers(ctx),
    ...deviceControllers(ctx),
    ...leavingControllers(ctx),
    ...screenControllers(ctx),
  };
}
