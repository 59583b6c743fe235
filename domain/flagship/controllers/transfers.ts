import type { Context } from '../context.ts';
import { presentTransfer } from '../helpers/present-transfer.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import * as transfers from '../services/transfers.ts';

export function transferControllers(ctx: Context): Pick<FlagshipHandlers, 'createTransfer' | 'getTransfer'> {
  return {
    createTransfer: async ({ path, body }) => {
      const { userId, accountId, direction, amount } = body;
      const transfer = await transfers.createTransfer(ctx, {
        id: path.transferId,
        userId,
        accountId,
        direction,
        ...amount,
      });
      return { status: 202, body: presentTransfer(transfer) };
    },
    getTransfer: async ({ path }) => ({
      status: 200,
      body: presentTransfer(await transfers.getTransfer(ctx, path.transferId)),
    }),
  };
}
