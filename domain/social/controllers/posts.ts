import { RawJson } from '#platform/raw-json';
import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as feed from '../services/feed.ts';
import * as posts from '../services/posts.ts';
import { getProfile } from '../services/profiles.ts';

type Operations = 'createPost' | 'getPost' | 'deletePost' | 'listProfilePosts';

export function postControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    createPost: async ({ caller, body, headers }) => {
      const created = await posts.createPost(ctx, caller, { key: headers['idempotency-key'], post: body });
      return { status: 201, body: created.body, headers: replayedHeader(created) };
    },
    getPost: async ({ caller, path }) => ({ status: 200, body: await posts.getPost(ctx, caller, path.postId) }),
    deletePost: async ({ caller, path }) => {
      await posts.deletePost(ctx, caller, path.postId);
      return { status: 204 };
    },
    listProfilePosts: async ({ caller, path, query }) => {
      const { profile } = await getProfile(ctx, caller, path.handle);
      const page = { authorId: profile.accountId, cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await feed.listProfilePosts(ctx, caller, page)) };
    },
  };
}
