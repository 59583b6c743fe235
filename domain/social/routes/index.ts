import type { Context } from '../context.ts';
import { accountControllers } from '../controllers/accounts.ts';
import { feedControllers } from '../controllers/feed.ts';
import { mediaControllers } from '../controllers/media.ts';
import { notificationControllers } from '../controllers/notifications.ts';
import { postControllers } from '../controllers/posts.ts';
import { profileControllers } from '../controllers/profiles.ts';
import { reactionControllers } from '../controllers/reactions.ts';
import { relationControllers } from '../controllers/relations.ts';
import { sessionControllers } from '../controllers/sessions.ts';
import { suspensionControllers } from '../controllers/suspensions.ts';
import type { SocialHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/social.yaml, from the controller of its resource. */
export function createRoutes(ctx: Context): SocialHandlers {
  return {
    ...accountControllers(ctx),
    ...suspensionControllers(ctx),
    ...sessionControllers(ctx),
    ...profileControllers(ctx),
    ...relationControllers(ctx),
    ...mediaControllers(ctx),
    ...postControllers(ctx),
    ...reactionControllers(ctx),
    ...feedControllers(ctx),
    ...notificationControllers(ctx),
  };
}
