import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import { forwardPosts } from '../helpers/pocket-cards.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { assertOwnPocket } from '../services/own-pocket.ts';

type DraftOperation = 'createDraft' | 'listDrafts' | 'getDraft' | 'putDraft' | 'deleteDraft' | 'publishDraft';

export function draftControllers(ctx: Context): Pick<MobileHandlers, DraftOperation> {
  const { social } = ctx;
  const createDraft = forward(social.createDraft);
  const putDraft = forward(social.putDraft);
  return {
    createDraft: async (call) => {
      await assertOwnPocket(ctx, call.caller, call.body.pocketId);
      return createDraft(call);
    },
    listDrafts: forward(social.listDrafts),
    getDraft: forward(social.getDraft),
    putDraft: async (call) => {
      await assertOwnPocket(ctx, call.caller, call.body.pocketId);
      return putDraft(call);
    },
    deleteDraft: forward(social.deleteDraft),
    publishDraft: forwardPosts(ctx, social.publishDraft),
  };
}
