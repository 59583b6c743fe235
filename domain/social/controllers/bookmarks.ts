import { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as bookmarks from '../services/bookmarks.ts';

type Operations = 'bookmarkPost' | 'unbookmarkPost' | 'listBookmarks';

export function bookmarkControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    bookmarkPost: async ({ caller, path }) => {
      await bookmarks.bookmarkPost(ctx, caller, path.postId);
      return { status: 204 };
    },
    unbookmarkPost: async ({ caller, path }) => {
      await bookmarks.unbookmarkPost(ctx, caller, path.postId);
      return { status: 204 };
    },
    listBookmarks: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await bookmarks.listBookmarks(ctx, caller, page)) };
    },
  };
}
