import { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as feed from '../services/feed.ts';

export function feedControllers(ctx: Context): Pick<SocialHandlers, 'getHome' | 'getHomeFeed' | 'getFeedScreen'> {
  return {
    getHome: async ({ caller, query }) => ({
      status: 200,
      body: new RawJson(await feed.getHome(ctx, caller, query.feedLimit ?? 20)),
    }),
    getHomeFeed: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await feed.getHomeFeed(ctx, caller, page)) };
    },
    getFeedScreen: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await feed.getFeedScreen(ctx, caller, page)) };
    },
  };
}
