import type { Context } from '../context.ts';
import { presentPeople } from '../helpers/present-people.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as blocks from '../services/blocks.ts';

export function blockControllers(ctx: Context): Pick<SocialHandlers, 'blockUser' | 'unblockUser' | 'listBlocks'> {
  return {
    blockUser: async ({ caller, path }) => {
      await blocks.blockUser(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    unblockUser: async ({ caller, path }) => {
      await blocks.unblockUser(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    listBlocks: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: presentPeople(await blocks.listBlocks(ctx, caller, page), ctx.blobs.publicUrl) };
    },
  };
}
