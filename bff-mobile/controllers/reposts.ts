import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import { forwardPosts } from '../helpers/pocket-cards.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type RepostOperation =
  | 'listReactions'
  | 'repostPost'
  | 'unrepostPost'
  | 'listReposts'
  | 'bookmarkPost'
  | 'unbookmarkPost'
  | 'listBookmarks'
  | 'listProfilePosts';

export function repostControllers(ctx: Context): Pick<MobileHandlers, RepostOperation> {
  const { social } = ctx;
  return {
    listReactions: forward(social.listReactions),
    repostPost: forward(social.repostPost),
    unrepostPost: forward(social.unrepostPost),
    listReposts: forward(social.listReposts),
    bookmarkPost: forward(social.bookmarkPost),
    unbookmarkPost: forward(social.unbookmarkPost),
    listBookmarks: forwardPosts(ctx, social.listBookmarks),
    listProfilePosts: forwardPosts(ctx, social.listProfilePosts),
  };
}
