import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type PeopleOperation =
  | 'followUser'
  | 'unfollowUser'
  | 'removeFollower'
  | 'listFollowers'
  | 'listFollowing'
  | 'listFollowRequests'
  | 'acceptFollowRequest'
  | 'rejectFollowRequest'
  | 'blockUser'
  | 'unblockUser'
  | 'listBlocks';

export function peopleControllers({ social }: Context): Pick<MobileHandlers, PeopleOperation> {
  return {
    followUser: forward(social.followUser),
    unfollowUser: forward(social.unfollowUser),
    removeFollower: forward(social.removeFollower),
    listFollowers: forward(social.listFollowers),
    listFollowing: forward(social.listFollowing),
    listFollowRequests: forward(social.listFollowRequests),
    acceptFollowRequest: forward(social.acceptFollowRequest),
    rejectFollowRequest: forward(social.rejectFollowRequest),
    blockUser: forward(social.blockUser),
    unblockUser: forward(social.unblockUser),
    listBlocks: forward(social.listBlocks),
  };
}
