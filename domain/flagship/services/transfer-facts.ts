import { cursorForms, decodeCursor, encodeCursor } from '#platform/cursor';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { invalidParameter, providerUnavailable } from '../errors.ts';
import { keptSide, providerSide } from '../helpers/present-transfer-fact.ts';
import type { TransferFact } from '../helpers/present-transfer-fact.ts';

interface Days {
  /** ISO dates, both included. */
  from: string;
  to: string;
}

const mostDays = 31;
const dayMs = 86_400_000;
const pageSize = 500;
const firstId = '00000000-0000-0000-0000-000000000000';

/** First the pages of the provider's list, then those of what is kept here: `part` says which, `at` how far. */
export async function getTransferFacts(
  ctx: Pick<Context, 'db' | 'provider'>,
  { cursor, ...days }: Days & { cursor?: string | undefined },
): Promise<Page<TransferFact>> {
  assertDays(days);
  const place =
    cursor === undefined
      ? { part: 'provider', at: '' }
      : decodeCursor(cursor, { part: (part) => part === 'provider' || part === 'kept', at: cursorForms.text });
  return place.part === 'provider' ? listed(ctx, days, place.at) : kept(ctx, days, place.at);
}

/** Of one transfer, whatever its days. */
export async function getTransferFact(
  { db, provider }: Pick<Context, 'db' | 'provider'>,
  transferId: string,
): Promise<TransferFact> {
  const found = await provider.findTransfer(transferId).catch(unavailable);
  const own = await db.transfer.findUnique({ where: { id: transferId } });
  return { transferId, flagship: own && keptSide(own), provider: found && providerSide(found) };
}

async function listed({ db, provider }: Pick<Context, 'db' | 'provider'>, days: Days, at: string) {
  const page = await provider.listTransfers({ ...days, cursor: at === '' ? null : at }).catch(unavailable);
  const ids = page.transfers.map(({ id }) => id).filter(cursorForms.id);
  const own = new Map((await db.transfer.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, row]));
  const items = page.transfers.map((transfer) => {
    const row = own.get(transfer.id);
    return { transferId: transfer.id, flagship: row ? keptSide(row) : null, provider: providerSide(transfer) };
  });
  // A list that does not go on must not be asked for ever.
  const further = page.nextCursor === at ? null : page.nextCursor;
  const next = further === null ? { part: 'kept', at: firstId } : { part: 'provider', at: further };
  return { items, nextCursor: encodeCursor(next) };
}

async function kept({ db }: Pick<Context, 'db'>, { from, to }: Days, at: string) {
  if (!cursorForms.id(at)) throw invalidParameter('cursor', 'is not a cursor of this list');
  const between = { gte: new Date(from), lte: new Date(to) };
  const rows = await db.transfer.findMany({
    where: { id: { gt: at }, OR: [{ valueDate: between }, { returnValueDate: between }] },
    orderBy: { id: 'asc' },
    take: pageSize + 1,
  });
  const page = rows.slice(0, pageSize);
  const last = rows.length > pageSize ? page.at(-1) : undefined;
  return {
    items: page.map((row) => ({ transferId: row.id, flagship: keptSide(row), provider: null })),
    nextCursor: last ? encodeCursor({ part: 'kept', at: last.id }) : null,
  };
}

function assertDays({ from, to }: Days): void {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs;
  if (days < 0) throw invalidParameter('to', 'must not be before `from`');
  if (days >= mostDays) throw invalidParameter('to', `must be at most ${String(mostDays)} days after \`from\``);
}

function unavailable(error: unknown): never {
  throw providerUnavailable(error);
}
