import type { Context } from '../context.ts';
import { addressControllers } from '../controllers/addresses.ts';
import { appControllers } from '../controllers/app.ts';
import { bankControllers } from '../controllers/banks.ts';
import { challengeControllers } from '../controllers/challenges.ts';
import { circleControllers } from '../controllers/circles.ts';
import { draftControllers } from '../controllers/drafts.ts';
import { mediaControllers } from '../controllers/media.ts';
import { meControllers } from '../controllers/me.ts';
import { muteControllers } from '../controllers/mutes.ts';
import { noticeControllers } from '../controllers/notices.ts';
import { peopleControllers } from '../controllers/people.ts';
import { pocketMemberControllers } from '../controllers/pocket-members.ts';
import { pocketControllers } from '../controllers/pockets.ts';
import { postControllers } from '../controllers/posts.ts';
import { reportControllers } from '../controllers/reports.ts';
import { repostControllers } from '../controllers/reposts.ts';
import { ruleControllers } from '../controllers/rules.ts';
import { screenControllers } from '../controllers/screens.ts';
import { searchControllers } from '../controllers/search.ts';
import { sessionControllers } from '../controllers/session.ts';
import { walletControllers } from '../controllers/wallet.ts';
import type { MobileHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/bff-mobile.yaml, from the controller of its resource. */
export function createRoutes(ctx: Context, { stepUpAboveUnits }: { stepUpAboveUnits: number }): MobileHandlers {
  return {
    ...sessionControllers(ctx),
    ...addressControllers(ctx),
    ...appControllers(ctx, { stepUpAboveUnits }),
    ...screenControllers(ctx, { stepUpAboveUnits }),
    ...meControllers(ctx),
    ...peopleControllers(ctx),
    ...muteControllers(ctx),
    ...circleControllers(ctx),
    ...postControllers(ctx),
    ...repostControllers(ctx),
    ...draftControllers(ctx),
    ...searchControllers(ctx),
    ...mediaControllers(ctx),
    ...noticeControllers(ctx),
    ...reportControllers(ctx),
    ...pocketControllers(ctx),
    ...pocketMemberControllers(ctx),
    ...challengeControllers(ctx),
    ...ruleControllers(ctx),
    ...walletControllers(ctx, stepUpAboveUnits),
    ...bankControllers(ctx),
  };
}
