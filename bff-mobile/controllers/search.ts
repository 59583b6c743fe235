import type { Context } from '../context.ts';
import { forwardPosts } from '../helpers/pocket-cards.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

export function searchControllers(ctx: Context): Pick<MobileHandlers, 'search' | 'listTagPosts'> {
  return {
    search: forwardPosts(ctx, ctx.social.search),
    listTagPosts: forwardPosts(ctx, ctx.social.listTagPosts),
  };
}
