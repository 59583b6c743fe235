import type { Context } from '../context.ts';
import { announcementControllers } from '../controllers/announcements.ts';
import { auditControllers } from '../controllers/audit.ts';
import { signInControllers } from '../controllers/sign-in.ts';
import type { SignInNeeds } from '../controllers/sign-in.ts';
import { userControllers } from '../controllers/users.ts';
import type { AdminHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/bff-admin.yaml, from the controller of its resource. */
export function createRoutes(ctx: Context, signIn: SignInNeeds): AdminHandlers {
  return {
    ...signInControllers(ctx, signIn),
    ...userControllers(ctx),
    ...auditControllers(ctx),
    ...announcementControllers(ctx),
  };
}
