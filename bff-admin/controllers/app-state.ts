import type { Context } from '../context.ts';
import { presentAnnouncement } from '../helpers/present-announcement.ts';
import { presentAppVersion } from '../helpers/present-app-version.ts';
import { presentFeatureFlag } from '../helpers/present-feature-flag.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as appState from '../services/app-state.ts';

/** For bff-mobile: nobody of staff calls these. */
export function appStateControllers(
  ctx: Pick<Context, 'db' | 'clock'>,
): Pick<AdminHandlers, 'getAppState' | 'listDismissals' | 'putDismissal'> {
  return {
    getAppState: async () => {
      const { flags, versions, announcements } = await appState.getAppState(ctx);
      const body = {
        flags: flags.map(presentFeatureFlag),
        versions: versions.map(presentAppVersion),
        announcements: announcements.map(presentAnnouncement),
      };
      return { status: 200, body };
    },
    listDismissals: async ({ path }) => ({
      status: 200,
      body: { announcementIds: await appState.listDismissals(ctx, path.userId) },
    }),
    putDismissal: async ({ path }) => {
      await appState.putDismissal(ctx, path);
      return { status: 204 };
    },
  };
}
