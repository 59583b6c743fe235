import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type MuteOperation =
  | 'muteUser'
  | 'unmuteUser'
  | 'listMutes'
  | 'createMutedWord'
  | 'listMutedWords'
  | 'updateMutedWord'
  | 'deleteMutedWord';

export function muteControllers({ social }: Context): Pick<MobileHandlers, MuteOperation> {
  return {
    muteUser: forward(social.muteUser),
    unmuteUser: forward(social.unmuteUser),
    listMutes: forward(social.listMutes),
    createMutedWord: forward(social.createMutedWord),
    listMutedWords: forward(social.listMutedWords),
    updateMutedWord: forward(social.updateMutedWord),
    deleteMutedWord: forward(social.deleteMutedWord),
  };
}
