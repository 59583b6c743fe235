import { RawJson, composeJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import * as homeScreen from '../services/home-screen.ts';

export function screenControllers(ctx: Context): Pick<MobileHandlers, 'getHomeScreen'> {
  return {
    getHomeScreen: async ({ caller, query }) => {
      const { etag, ...screen } = await homeScreen.getHomeScreen(ctx, caller.userId, query);
      return { status: 200, etag, body: new RawJson(composeJson(screen)) };
    },
  };
}
