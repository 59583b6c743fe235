import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import { forwardPosts } from '../helpers/pocket-cards.ts';
import { assertOwnPocket } from '../services/own-pocket.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type PostOperation =
  | 'createPost'
  | 'getPost'
  | 'updatePost'
  | 'deletePost'
  | 'listPostVersions'
  | 'getThread'
  | 'listQuotes'
  | 'revokeQuote'
  | 'setReaction'
  | 'deleteReaction';

export function postControllers(ctx: Context): Pick<MobileHandlers, PostOperation> {
  const { social } = ctx;
  const createPost = forwardPosts(ctx, social.createPost);
  return {
    createPost: async (call) => {
      await assertOwnPocket(ctx, call.caller, call.body.pocketId);
      return createPost(call);
    },
    getPost: forwardPosts(ctx, social.getPost),
    updatePost: forwardPosts(ctx, social.updatePost),
    deletePost: forward(social.deletePost),
    listPostVersions: forward(social.listPostVersions),
    getThread: forwardPosts(ctx, social.getThread),
    listQuotes: forwardPosts(ctx, social.listQuotes),
    revokeQuote: forward(social.revokeQuote),
    setReaction: forward(social.setReaction),
    deleteReaction: forward(social.deleteReaction),
  };
}
