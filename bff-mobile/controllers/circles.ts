import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type CircleOperation =
  | 'createCircle'
  | 'listCircles'
  | 'getCircle'
  | 'updateCircle'
  | 'deleteCircle'
  | 'addCircleMember'
  | 'removeCircleMember'
  | 'listCircleMembers';

export function circleControllers({ social }: Context): Pick<MobileHandlers, CircleOperation> {
  return {
    createCircle: forward(social.createCircle),
    listCircles: forward(social.listCircles),
    getCircle: forward(social.getCircle),
    updateCircle: forward(social.updateCircle),
    deleteCircle: forward(social.deleteCircle),
    addCircleMember: forward(social.addCircleMember),
    removeCircleMember: forward(social.removeCircleMember),
    listCircleMembers: forward(social.listCircleMembers),
  };
}
