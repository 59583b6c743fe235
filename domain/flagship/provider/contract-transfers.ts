import type { components } from '#openapi/flagship-provider';
import { storableText } from '../helpers/storable-text.ts';
import type { Client } from './contract-adapter.ts';
import { isRefusal } from './provider.ts';
import type { Provider, ProviderEvent, ProviderTransfer } from './provider.ts';

type Schemas = components['schemas'];
export const pageSize = 200;

type TransferCalls = 'createTransfer' | 'findTransfer' | 'cancelTransfer' | 'listTransfers' | 'listEvents';

/** Transfers and events of a provider that speaks flagship-provider.yaml. */
export function transferCalls(client: Client): Pick<Provider, TransferCalls> {
  return {
    async createTransfer({ id, providerAccountId, direction, amountMinor, currency, notAfter }) {
      const body = {
        accountId: providerAccountId,
        direction: direction === 'deposit' ? ('debit' as const) : ('credit' as const),
        amount: { amountMinor, currency },
        notAfter: notAfter.toISOString(),
      };
      return transferOf((await client.createProviderTransfer({ path: { transferId: id }, body })).body);
    },
    async findTransfer(transferId) {
      const reply = await client.getProviderTransfer({ path: { transferId } }).catch(ignoreMissing);
      return reply ? transferOf(reply.body) : null;
    },
    cancelTransfer: async (transferId) =>
      transferOf((await client.cancelProviderTransfer({ path: { transferId } })).body),
    async listTransfers({ from, to, cursor }) {
      const query = { from, to, limit: pageSize, ...(cursor !== null && { cursor }) };
      const { items, nextCursor } = (await client.listProviderTransfers({ query })).body;
      return { transfers: items.map(transferOf), nextCursor };
    },
    async listEvents(after) {
      const query = { limit: pageSize, ...(after !== null && { after }) };
      const { items, nextCursor, hasMore } = (await client.listEvents({ query })).body;
      return { events: items.map(eventOf), nextCursor, hasMore };
    },
  };
}

function transferOf(told: Schemas['ProviderTransfer']): ProviderTransfer {
  const { id, accountId, direction, amount, status, reason, valueDate, returnValueDate } = told;
  return {
    id,
    providerAccountId: accountId,
    direction: direction === 'debit' ? 'deposit' : 'withdrawal',
    ...amount,
    status,
    reason: reason && storableText(reason),
    createdAt: new Date(told.createdAt),
    settledAt: timeOf(told.settledAt),
    availableAt: timeOf(told.availableAt),
    valueDate,
    returnedAt: timeOf(told.returnedAt),
    returnValueDate,
  };
}

function eventOf(event: Schemas['Event']): ProviderEvent {
  return event;
}

/** The answer `not_found` is undefined. */
export function ignoreMissing(error: unknown): undefined {
  if (!isRefusal(error, 'not_found')) throw error;
}

export function timeOf(told: string | null): Date | null {
  return told === null ? null : new Date(told);
}
