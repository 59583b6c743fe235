import type { Context } from '../context.ts';
import { pocketTag } from '../helpers/pocket-tag.ts';
import { presentPocket } from '../helpers/present-pocket.ts';
import { presentPocketCard } from '../helpers/present-pocket-card.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as sharing from '../services/sharing.ts';

type SharingOperation = 'sharePocket' | 'getPocketShare' | 'unsharePocket' | 'listPocketCards' | 'listSharedPockets';

export function sharingControllers(ctx: Context): Pick<FinancialHandlers, SharingOperation> {
  return {
    sharePocket: async ({ caller, path, body: { audience, showAmount = false } }) => {
      const facts = await sharing.sharePocket(ctx, caller, { ...path, audience, showAmount });
      const now = ctx.clock.now();
      return { status: 200, body: presentPocket(facts, now), etag: pocketTag(facts, now) };
    },

    getPocketShare: async ({ path }) => ({ status: 200, body: await sharing.getPocketShare(ctx, path.pocketId) }),

    unsharePocket: async ({ caller, path }) => {
      await sharing.unsharePocket(ctx, caller, path.pocketId);
      return { status: 204 };
    },

    listPocketCards: async ({ caller, query: { ids, followedOwnerIds = [] } }) => {
      const cards = await sharing.listPocketCards(ctx, caller, { ids, followedOwnerIds });
      return { status: 200, body: { items: cards.map(presentPocketCard) } };
    },

    listSharedPockets: async ({ path, query: { audience = 'public', limit = 20, cursor } }) => {
      const page = { audience, limit, cursor };
      const { items, nextCursor } = await sharing.listSharedPockets(ctx, path.userId, page);
      return { status: 200, body: { items: items.map(presentPocketCard), nextCursor } };
    },
  };
}
