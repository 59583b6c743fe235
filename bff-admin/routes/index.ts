import type { Context } from '../context.ts';
import { announcementControllers } from '../controllers/announcements.ts';
import { appStateControllers } from '../controllers/app-state.ts';
import { appVersionControllers } from '../controllers/app-versions.ts';
import { auditControllers } from '../controllers/audit.ts';
import { exportControllers } from '../controllers/exports.ts';
import { featureFlagControllers } from '../controllers/feature-flags.ts';
import { overviewControllers } from '../controllers/overview.ts';
import { breakGlassControllers } from '../controllers/break-glass.ts';
import { moneyControllers } from '../controllers/money.ts';
import { proposalControllers } from '../controllers/proposals.ts';
import { moderationControllers } from '../controllers/moderation.ts';
import { reportControllers } from '../controllers/reports.ts';
import { signInControllers } from '../controllers/sign-in.ts';
import type { SignInNeeds } from '../controllers/sign-in.ts';
import { userControllers } from '../controllers/users.ts';
import type { AdminHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/bff-admin.yaml, from the controller of its resource. */
export function createRoutes(ctx: Context, signIn: SignInNeeds): AdminHandlers {
  return {
    ...signInControllers(ctx, signIn),
    ...userControllers(ctx),
    ...overviewControllers(ctx),
    ...reportControllers(ctx),
    ...moderationControllers(ctx),
    ...auditControllers(ctx),
    ...exportControllers(ctx),
    ...announcementControllers(ctx),
    ...proposalControllers(ctx),
    ...breakGlassControllers(ctx),
    ...moneyControllers(ctx),
    ...featureFlagControllers(ctx),
    ...appVersionControllers(ctx),
    ...appStateControllers(ctx),
  };
}
