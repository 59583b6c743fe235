import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import { Prisma } from '#prisma/financial';
import type { Context } from '../context.ts';
import { forbidden, notFound, planInconsistent, pocketClosed, preconditionFailed } from '../errors.ts';
import { changeGoal, completeGoal } from '../helpers/complete-goal.ts';
import type { Goal } from '../helpers/complete-goal.ts';
import { byPlace, placeBefore } from '../helpers/page.ts';
import { assertVersion } from '../helpers/pocket-tag.ts';
import { dayIn, endOf } from '../helpers/time-zones.ts';
import { assertFuture, assertKnown, disagreementIn } from '../validation/goal.ts';
import { askLedger, callLedger } from './ledger.ts';
import type { Booked, BookedOrAsked } from './ledger.ts';
import type { PocketFacts } from './facts.ts';
import { timeZoneOf } from './preferences.ts';

type Using = Pick<Context, 'db' | 'clock'>;

export interface NewPocket extends Goal {
  name: string;
  emoji?: string;
  currency: string;
  openingMinor?: number;
  /** Where the opening money comes from; the wallet when it is missing. */
  fromPocketId?: string;
}

export async function createPocket(
  ctx: Using,
  caller: Caller,
  { key, pocket }: { key: string | undefined; pocket: NewPocket },
): Promise<Booked<PocketFacts>> {
  assertKnown(pocket.currency);

  const request = { ...pocket, visibility: 'private' };
  const hash = hashOf(request);
  const at = ctx.clock.now();
  const start = { balanceMinor: pocket.openingMinor ?? 0, today: dayIn(await timeZoneOf(ctx, caller), at) };
  const goal = completeGoal(pocket, start);
  // The function refuses it once it has seen that the key is new: a repeated request is answered as the first one was.
  const disagreement = disagreementIn(goal, start, pocket.currency);
  return callLedger(ctx.db, 'open_pocket', {
    ...{ ownerId: caller.userId, key, hash, ...request, ...goal },
    ...{ disagreement, source: 'person', at, today: start.today },
  });
}

/** A row of `pocket_facts pocket` as the member of the row `pocket_member member` sees it: the facts, its lock and their role, by their months. */
export const seenBy = Prisma.sql`
  to_jsonb(pocket) || jsonb_build_object('viewerId', member.member_id, 'viewerRole', member.role, 'lock', lock_of(pocket.id))
    || in_zone_of(member.member_id, pocket.id)`;

export async function getPocket(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  pocketId: string,
): Promise<PocketFacts> {
  const rows = await db.$queryRaw<{ pocket: PocketFacts }[]>`
    /* getPocket */ select ${seenBy} as pocket
    from pocket_member member join pocket_facts pocket on pocket.id = member.pocket_id
    where member.pocket_id = ${pocketId}::uuid and member.member_id = ${userId}::uuid and member.left_at is null`;
  const pocket = rows[0]?.pocket;
  if (!pocket) throw notFound();
  return pocket;
}

/** What a pocket held at a moment, or at the end of a day. */
export async function getPocketBalance(
  ctx: Using,
  caller: Caller,
  { pocketId, at: wanted }: { pocketId: string; at: string | undefined },
): Promise<{ balanceMinor: number; currency: string; at: Date }> {
  const { currency, timeZone = 'UTC' } = await getPocket(ctx, caller, pocketId);
  const at = wanted === undefined ? ctx.clock.now() : momentOf(wanted, timeZone);
  const rows = await ctx.db.$queryRaw<{ balanceMinor: number }[]>`
    /* getPocketBalance */ select balance_at(${pocketId}::uuid, ${at}::timestamptz)::float8 as "balanceMinor"`;
  return { balanceMinor: rows[0]?.balanceMinor ?? 0, currency, at };
}

/** Of a day its last millisecond. */
function momentOf(dayOrMoment: string, timeZone: string): Date {
  if (dayOrMoment.length > 10) return new Date(dayOrMoment);
  return new Date(endOf(dayOrMoment, timeZone).getTime() - 1);
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
    /* listPockets */ select ${seenBy} as pocket
    from pocket_member member join pocket_facts pocket on pocket.id = member.pocket_id
    where member.member_id = ${userId}::uuid and member.left_at is null and ("closedAt" is null) = ${status === 'open'}
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
  imageUrl?: string | null;
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
  if (pocket.viewerRole !== 'owner') throw forbidden();
  assertVersion(ifMatch, pocket);
  if (pocket.closedAt !== null) throw pocketClosed();
  const now = ctx.clock.now();
  const { name, emoji, imageUrl, ...wanted } = change(pocket.currency);
  const goal = changedGoal(pocket, wanted, dayIn(pocket.timeZone ?? 'UTC', now));
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
      ...(imageUrl !== undefined && { imageUrl, imageBy: imageUrl && caller.userId }),
      ...(goal && { ...goal, targetDate: goal.targetDate && new Date(goal.targetDate) }),
      version: { increment: 1 },
      updatedAt: now,
    },
  });
  if (count === 0) throw ifMatch === undefined ? pocketClosed() : preconditionFailed();
  return getPocket(ctx, caller, pocketId);
}

/** The goal after a change of it; undefined when the change names no part of it. */
function changedGoal({ currency, balanceMinor, ...pocket }: PocketFacts, wanted: Goal, today: string) {
  assertFuture(wanted.targetDate, today);
  const changed = changeGoal({ ...pocket, derived: pocket.derived ?? null }, wanted);
  if (!changed) return undefined;
  const start = { balanceMinor, today };
  const goal = completeGoal(changed.goal, start, changed.without);
  const disagreement = disagreementIn(goal, start, currency);
  if (disagreement) throw planInconsistent(disagreement);
  const { derived: goalDerived, ...parts } = goal;
  return { ...parts, goalDerived };
}

export async function closePocket(
  ctx: Using,
  { userId: ownerId }: Caller,
  { key, ...closing }: { key: string; pocketId: string; sweepToPocketId: string | undefined },
): Promise<BookedOrAsked<PocketFacts>> {
  const hash = hashOf(closing);
  return askLedger(ctx.db, 'close_pocket', { ownerId, key, hash, ...closing, source: 'person', at: ctx.clock.now() });
}
