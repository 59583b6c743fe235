import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type MediaOperation = 'createMedia' | 'getMedia' | 'updateMedia' | 'completeMedia';

export function mediaControllers({ social }: Context): Pick<MobileHandlers, MediaOperation> {
  return {
    createMedia: forward(social.createMedia),
    getMedia: forward(social.getMedia),
    updateMedia: forward(social.updateMedia),
    completeMedia: forward(social.completeMedia),
  };
}
