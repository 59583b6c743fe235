import { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import { getDiscover } from '../services/discover.ts';
import * as search from '../services/search.ts';

export function searchControllers(ctx: Context): Pick<SocialHandlers, 'search' | 'listTagPosts' | 'getDiscover'> {
  return {
    search: async ({ caller, query }) => {
      const request = { q: query.q, type: query.type ?? 'people', cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await search.search(ctx, caller, request)) };
    },
    listTagPosts: async ({ caller, path, query }) => {
      const page = { tag: path.tag, cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await search.listTagPosts(ctx, caller, page)) };
    },
    getDiscover: async ({ caller, query }) => ({
      status: 200,
      body: new RawJson(await getDiscover(ctx, caller, query.q)),
    }),
  };
}
