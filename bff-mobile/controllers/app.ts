import type { Context } from '../context.ts';
import { phoneOf } from '../helpers/phone.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { dismissAnnouncement } from '../services/announcements.ts';
import { getBootstrap } from '../services/bootstrap.ts';

export function appControllers(
  ctx: Context,
  config: { stepUpAboveUnits: number },
): Pick<MobileHandlers, 'getBootstrap' | 'dismissAnnouncement'> {
  return {
    getBootstrap: ({ caller, request }) =>
      getBootstrap(ctx, { userId: caller.findUserId(), phone: phoneOf(request) }, config),
    dismissAnnouncement: async ({ caller, path }) => {
      await dismissAnnouncement(ctx, caller.userId, path.announcementId);
      return { status: 204 };
    },
  };
}
