import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as reactions from '../services/reactions.ts';

export function reactionControllers(ctx: Context): Pick<SocialHandlers, 'setReaction' | 'deleteReaction'> {
  return {
    setReaction: async ({ caller, path }) => ({
      status: 200,
      body: { reaction: path.kind, counts: { reactions: await reactions.setReaction(ctx, caller, path) } },
    }),
    deleteReaction: async ({ caller, path }) => {
      await reactions.deleteReaction(ctx, caller, path);
      return { status: 204 };
    },
  };
}
