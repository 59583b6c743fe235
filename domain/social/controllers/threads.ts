import { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as quotes from '../services/quotes.ts';
import { getThread } from '../services/thread.ts';

/** What hangs together with a post: what it answers, what answers it, what quotes it. */
export function threadControllers(ctx: Context): Pick<SocialHandlers, 'getThread' | 'listQuotes' | 'revokeQuote'> {
  return {
    getThread: async ({ caller, path, query }) => {
      const page = { postId: path.postId, cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await getThread(ctx, caller, page)) };
    },
    listQuotes: async ({ caller, path, query }) => {
      const page = { postId: path.postId, cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await quotes.listQuotes(ctx, caller, page)) };
    },
    revokeQuote: async ({ caller, path }) => {
      await quotes.revokeQuote(ctx, caller, path);
      return { status: 204 };
    },
  };
}
