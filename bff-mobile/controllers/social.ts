import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type SocialOperation =
  | 'getMe'
  | 'updateMe'
  | 'followUser'
  | 'unfollowUser'
  | 'createMedia'
  | 'getMedia'
  | 'completeMedia'
  | 'createPost'
  | 'getPost'
  | 'deletePost'
  | 'setReaction'
  | 'deleteReaction'
  | 'putMarker';

export function socialControllers({ social }: Context): Pick<MobileHandlers, SocialOperation> {
  return {
    getMe: forward(social.getMe),
    updateMe: forward(social.updateMe),
    followUser: forward(social.followUser),
    unfollowUser: forward(social.unfollowUser),
    createMedia: forward(social.createMedia),
    getMedia: forward(social.getMedia),
    completeMedia: forward(social.completeMedia),
    createPost: forward(social.createPost),
    getPost: forward(social.getPost),
    deletePost: forward(social.deletePost),
    setReaction: forward(social.setReaction),
    deleteReaction: forward(social.deleteReaction),
    putMarker: forward(social.putMarker),
  };
}
