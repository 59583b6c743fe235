import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { bySeq, seqBefore } from '../helpers/page.ts';
import type { MovementFacts } from './facts.ts';
import { askLedger, callLedger } from './ledger.ts';
import type { Booked, BookedOrAsked, LedgerFunction } from './ledger.ts';
import type { MovementQueue } from './movement-queue.ts';
import { getPocket } from './pockets.ts';

type Using = Pick<Context, 'db' | 'clock'>;

/** A movement as the person asks for it, under an idempotency key. */
export interface NewMovement {
  key: string;
  pocketId: string;
  toPocketId?: string;
  amountMinor: number;
  currency: string;
  note?: string | undefined;
}

/** Contributions and withdrawals of one pocket that come at the same time are booked together: see `createMovementQueue`. */
type Queueing = Pick<Context, 'clock'> & { queue: MovementQueue };

export async function createContribution(
  ctx: Queueing,
  caller: Caller,
  movement: NewMovement,
): Promise<Booked<MovementFacts>> {
  const booked = await ctx.queue.move('contribute_to_pocket', requestOf(ctx, caller, movement));
  if ('asked' in booked) throw new Error('nobody is asked before money is put in');
  return booked;
}

export function createPocketWithdrawal(
  ctx: Queueing,
  caller: Caller,
  movement: NewMovement,
): Promise<BookedOrAsked<MovementFacts>> {
  return ctx.queue.move('withdraw_from_pocket', requestOf(ctx, caller, movement));
}

export function createPocketTransfer(
  ctx: Using,
  caller: Caller,
  movement: NewMovement,
): Promise<BookedOrAsked<MovementFacts>> {
  return askLedger<MovementFacts>(ctx.db, 'transfer_between_pockets', requestOf(ctx, caller, movement));
}

export function reverseMovement(
  ctx: Using,
  caller: Caller,
  reversal: { key: string; movementId: string },
): Promise<Booked<MovementFacts>> {
  return move(ctx, caller, 'reverse_movement', reversal);
}

function move(ctx: Using, caller: Caller, name: LedgerFunction, what: { key: string }): Promise<Booked<MovementFacts>> {
  return callLedger(ctx.db, name, requestOf(ctx, caller, what));
}

function requestOf<What extends object>(
  { clock }: Pick<Context, 'clock'>,
  { userId: ownerId }: Caller,
  asked: What & { key: string },
) {
  const { key, ...what } = asked;
  return { ownerId, key, hash: hashOf(what), ...what, source: 'person', at: clock.now() };
}

export async function listMovements(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { pocketId, limit, cursor }: { pocketId: string; limit: number; cursor: string | undefined },
): Promise<Page<MovementFacts>> {
  const before = seqBefore(cursor);
  await getPocket(ctx, caller, pocketId);
  const rows = await ctx.db.$queryRaw<{ movement: MovementFacts }[]>`
    /* listMovements */ select to_jsonb(movement) as movement from movement_facts movement
    where "pocketId" = ${pocketId}::uuid and seq < ${before}::bigint
    order by seq desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ movement }) => movement),
    limit,
    bySeq,
  );
}
