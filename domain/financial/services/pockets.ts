import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound, pocketClosed, preconditionFailed } from '../errors.ts';
import { dayOf } from '../helpers/calendar.ts';
import { byPlace, placeBefore } from '../helpers/page.ts';
import { assertVersion } from '../helpers/pocket-tag.ts';
import { assertFuture, assertKnown } from '../validation/goal.ts';
import type { Goal } from '../validation/goal.ts';
import { callLedger } from './ledger.ts';
import type { Booked } from './ledger.ts';
import type { PocketFacts } from './facts.ts';

type Using = Pick<Context, 'db' | 'clock'>;

export interface NewPocket extends Goal {
  name: string;
  emoji?: string;
  currency: string;
  openingMinor?: number;
}

export async function createPocket(
  ctx: Using,
  { userId: ownerId }: Caller,
  { key, pocket }: { key: string | undefined; pocket: NewPocket },
): Promise<Booked<PocketFacts>> {
  assertKnown(pocket.currency);

  const request = { ...pocket, visibility: 'private' };
  const hash = hashOf(request);
  return callLedger(ctx.db, 'open_pocket', { ownerId, key, hash, ...request, source: 'person', at: ctx.clock.now() });
}

export async function getPocket(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  pocketId: string,
): Promise<PocketFacts> {
  const rows = await db.$queryRaw<{ pocket: PocketFacts }[]>`
    /* getPocket */ select to_jsonb(pocket) as pocket from pocket_facts pocket
    where id = ${pocketId}::uuid and "ownerId" = ${userId}::uuid`;
  const pocket = rows[0]?.pocket;
  if (!pocket) throw notFound();
  return pocket;
}

interface PocketList {
  status: 'open' | 'closed';
  limit: number;
  cursor: string | undefined;
}

export async function listPockets(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  { status, limit, cursor }: PocketList,
): Promise<Page<PocketFacts>> {
  const before = placeBefore(cursor);
  const rows = await db.$queryRaw<{ pocket: PocketFacts }[]>`
    /* listPockets */ select to_jsonb(pocket) as pocket from pocket_facts pocket
    where "ownerId" = ${userId}::uuid and ("closedAt" is null) = ${status === 'open'}
      and ("createdAt", id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
    order by "createdAt" desc, id desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ pocket }) => pocket),
    limit,
    byPlace,
  );
}

export interface PocketChange extends Goal {
  name?: string;
  emoji?: string | null;
}

interface PocketUpdate {
  pocketId: string;
  ifMatch: string | undefined;
  /** What changes, given the pocket's currency. */
  change: (currency: string) => PocketChange;
}

export async function updatePocket(
  ctx: Using,
  caller: Caller,
  { pocketId, ifMatch, change }: PocketUpdate,
): Promise<PocketFacts> {
  const pocket = await getPocket(ctx, caller, pocketId);
  assertVersion(ifMatch, pocket);
  if (pocket.closedAt !== null) throw pocketClosed();
  const now = ctx.clock.now();
  const { name, emoji, targetMinor, targetDate, monthlyMinor } = change(pocket.currency);
  assertFuture(targetDate, dayOf(now));
  const { count } = await ctx.db.pocket.updateMany({
    where: {
      id: pocketId,
      ownerId: caller.userId,
      closedAt: null,
      ...(ifMatch !== undefined && { version: pocket.version }),
    },
    data: {
      ...(name !== undefined && { name }),
      ...(emoji !== undefined && { emoji }),
      ...(targetMinor !== undefined && { targetMinor }),
      ...(targetDate !== undefined && { targetDate: targetDate && new Date(targetDate) }),
      ...(monthlyMinor !== undefined && { monthlyMinor }),
      version: { increment: 1 },
      updatedAt: now,
    },
  });
  if (count === 0) throw ifMatch === undefined ? pocketClosed() : preconditionFailed();
  return getPocket(ctx, caller, pocketId);
}

export async function closePocket(
  ctx: Using,
  { userId: ownerId }: Caller,
  { key, ...closing }: { key: string; pocketId: string; sweepToPocketId: string | undefined },
): Promise<Booked<PocketFacts>> {
  const hash = hashOf(closing);
  return callLedger(ctx.db, 'close_pocket', { ownerId, key, hash, ...closing, source: 'person', at: ctx.clock.now() });
}
