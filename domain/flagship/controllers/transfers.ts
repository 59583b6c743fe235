import type { components } from '#openapi/flagship';
import type { Context } from '../context.ts';
import { presentTransfer } from '../helpers/present-transfer.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import { cancelTransfer } from '../services/cancel-transfer.ts';
import { getProviderHealth } from '../services/provider-health.ts';
import * as facts from '../services/transfer-facts.ts';
import * as transfers from '../services/transfers.ts';
import type { WantedTransfer } from '../services/transfers.ts';

type Operations =
  'createTransfer' | 'getTransfer' | 'cancelTransfer' | 'getTransferFacts' | 'getTransferFact' | 'getProviderHealth';

export function transferControllers(ctx: Context): Pick<FlagshipHandlers, Operations> {
  return {
    createTransfer: async ({ path, body }) => ({
      status: 202,
      body: presentTransfer(await transfers.createTransfer(ctx, wantedOf(path.transferId, body))),
    }),
    getTransfer: async ({ path }) => ({
      status: 200,
      body: presentTransfer(await transfers.getTransfer(ctx, path.transferId)),
    }),
    cancelTransfer: async ({ path, body }) => ({
      status: 200,
      body: presentTransfer(await cancelTransfer(ctx, wantedOf(path.transferId, body))),
    }),
    getTransferFacts: async ({ query }) => ({ status: 200, body: await facts.getTransferFacts(ctx, query) }),
    getTransferFact: async ({ path }) => ({ status: 200, body: await facts.getTransferFact(ctx, path.transferId) }),
    getProviderHealth: async () => ({ status: 200, body: await getProviderHealth(ctx) }),
  };
}

function wantedOf(id: string, { amount, ...wanted }: components['schemas']['WantedTransfer']): WantedTransfer {
  return { id, ...wanted, ...amount };
}
