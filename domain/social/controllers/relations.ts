import type { Context } from '../context.ts';
import { presentPeople } from '../helpers/present-people.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as lists from '../services/follow-lists.ts';
import * as relations from '../services/relations.ts';

type Operations = 'followUser' | 'unfollowUser' | 'removeFollower' | 'listFollowers' | 'listFollowing';

export function relationControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const mediaBase = ctx.blobs.publicUrl;
  return {
    followUser: async ({ caller, path }) => ({
      status: 200,
      body: { state: await relations.followUser(ctx, caller, path.userId.toLowerCase()) },
    }),
    unfollowUser: async ({ caller, path }) => {
      await relations.unfollowUser(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    removeFollower: async ({ caller, path }) => {
      await relations.removeFollower(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    listFollowers: async ({ caller, path, query }) => {
      const page = { userId: path.userId, cursor: query.cursor, limit: query.limit ?? 20 };
      const found = await lists.listFollowers(ctx, caller, page);
      return { status: 200, body: { ...presentPeople(found, mediaBase), hidden: found.hidden } };
    },
    listFollowing: async ({ caller, path, query }) => {
      const page = { userId: path.userId, cursor: query.cursor, limit: query.limit ?? 20 };
      const found = await lists.listFollowing(ctx, caller, page);
      return { status: 200, body: { ...presentPeople(found, mediaBase), hidden: found.hidden } };
    },
  };
}
