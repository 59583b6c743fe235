import type { components } from '#openapi/flagship-provider';
import { Problem } from '#platform/problem';
import type { TransferRecord } from './records.ts';
import { isoDate, isoTime } from './sandbox-clock.ts';
import type { Sandbox } from './sandbox.ts';

type Schemas = components['schemas'];
const longestMs = 92 * 86_400_000;

interface Wanted {
  from: string;
  to: string;
  cursor?: string | undefined;
  limit: number;
}

/** Those that count, or whose return counts, on the days asked for, by id. */
export function listTransfers({ store }: Sandbox, { from, to, cursor = '', limit }: Wanted) {
  const days = Date.parse(to) - Date.parse(from);
  if (Number.isNaN(days) || days < 0 || days > longestMs) {
    const errors = [{ parameter: 'to', message: 'must be at most 92 days after from, and not before it' }];
    throw new Problem('invalid_request', undefined, { errors });
  }
  const isWithin = (at: number | null) => at !== null && isoDate(at) >= from && isoDate(at) <= to;
  const rest = store
    .list('transfer')
    .filter(({ id, settledAt, returnedAt }) => id > cursor && (isWithin(settledAt) || isWithin(returnedAt)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = rest.slice(0, limit);
  return {
    items: page.map(presentTransfer),
    nextCursor: rest.length > page.length ? (page.at(-1)?.id ?? null) : null,
  };
}

export function presentTransfer(transfer: TransferRecord): Schemas['ProviderTransfer'] {
  const { id, accountId, direction, amountMinor, currency, createdAt } = transfer;
  const { transferId: _same, ...news } = presentNews(transfer);
  return {
    id,
    accountId,
    direction,
    amount: { amountMinor, currency },
    createdAt: isoTime(createdAt),
    // This bank makes a sum available as soon as it has carried the transfer out.
    availableAt: news.settledAt,
    ...news,
  };
}

/** What an event says of a transfer. */
export function presentNews(transfer: TransferRecord): Schemas['TransferUpdated']['data'] {
  const { id, status, reason, settledAt, returnedAt } = transfer;
  return {
    transferId: id,
    status,
    reason,
    settledAt: settledAt === null ? null : isoTime(settledAt),
    valueDate: settledAt === null ? null : isoDate(settledAt),
    returnedAt: returnedAt === null ? null : isoTime(returnedAt),
    returnValueDate: returnedAt === null ? null : isoDate(returnedAt),
  };
}
