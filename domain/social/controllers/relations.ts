import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as relations from '../services/relations.ts';

type Operations = 'followUser' | 'unfollowUser' | 'blockUser' | 'unblockUser';

export function relationControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    followUser: async ({ caller, path }) => ({
      status: 200,
      body: { state: await relations.followUser(ctx, caller, path.userId.toLowerCase()) },
    }),
    unfollowUser: async ({ caller, path }) => {
      await relations.unfollowUser(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    blockUser: async ({ caller, path }) => {
      await relations.blockUser(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    unblockUser: async ({ caller, path }) => {
      await relations.unblockUser(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
  };
}
