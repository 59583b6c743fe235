import { RawJson } from '#platform/raw-json';
import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import { postTag } from '../helpers/post-etag.ts';
import { updatePost } from '../services/edit-post.ts';
import type { ShownPost } from '../services/post-cards.ts';
import { listPostVersions } from '../services/post-versions.ts';
import * as posts from '../services/posts.ts';
import { listProfilePosts } from '../services/profile-posts.ts';
import { getProfile } from '../services/profiles.ts';

type Operations = 'createPost' | 'getPost' | 'updatePost' | 'deletePost' | 'listPostVersions' | 'listProfilePosts';

export function postControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const shown = ({ userId }: { userId: string }, { card, version }: ShownPost) => ({
    status: 200 as const,
    body: card,
    etag: postTag(card, version, userId),
  });
  return {
    createPost: async ({ caller, body, headers }) => {
      const created = await posts.createPost(ctx, caller, { key: headers['idempotency-key'], post: body });
      return { status: 201, body: created.body, headers: replayedHeader(created) };
    },
    getPost: async ({ caller, path }) => shown(caller, await posts.getPost(ctx, caller, path.postId)),
    updatePost: async ({ caller, path, body, headers }) => {
      const edit = { postId: path.postId, change: body, ifMatch: headers['if-match'] };
      return shown(caller, await updatePost(ctx, caller, edit));
    },
    deletePost: async ({ caller, path }) => {
      await posts.deletePost(ctx, caller, path.postId);
      return { status: 204 };
    },
    listPostVersions: async ({ caller, path, query }) => {
      const page = { postId: path.postId, cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: await listPostVersions(ctx, caller, page) };
    },
    listProfilePosts: async ({ caller, path, query }) => {
      const { profile } = await getProfile(ctx, caller, path.handle);
      const page = { authorId: profile.accountId, cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await listProfilePosts(ctx, caller, page)) };
    },
  };
}
