import type { ServiceContext } from '../context.ts';
import { presentTransfer } from '../helpers/present-transfer.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import { cancelTransfer } from '../services/cancel-transfer.ts';
import * as transfers from '../services/transfers.ts';

export function transferControllers(
  ctx: ServiceContext,
): Pick<FinancialHandlers, 'listTransfers' | 'getTransfer' | 'cancelTransfer' | 'putTransferState'> {
  return {
    listTransfers: async ({ caller, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await transfers.listTransfers(ctx, caller, { limit, cursor });
      return { status: 200, body: { items: items.map(presentTransfer), nextCursor } };
    },

    getTransfer: async ({ caller, path }) => ({
      status: 200,
      body: presentTransfer(await transfers.getTransfer(ctx, caller, path.transferId)),
    }),

    cancelTransfer: async ({ caller, path }) => ({
      status: 200,
      body: presentTransfer(await cancelTransfer(ctx, caller, path.transferId)),
    }),

    putTransferState: async ({ path, body }) => ({
      status: 200,
      body: presentTransfer(await transfers.putTransferState(ctx, path.transferId, body)),
    }),
  };
}
