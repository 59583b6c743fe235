import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { bySeq, seqBefore } from '../helpers/page.ts';
import type { MovementFacts } from './facts.ts';
import { callLedger } from './ledger.ts';
import type { Booked, LedgerFunction } from './ledger.ts';
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

export function createContribution(ctx: Using, caller: Caller, movement: NewMovement): Promise<Booked<MovementFacts>> {
  return move(ctx, caller, 'contribute_to_pocket', movement);
}

export function createPocketWithdrawal(
  ctx: Using,
  caller: Caller,
  movement: NewMovement,
): Promise<Booked<MovementFacts>> {
  return move(ctx, caller, 'withdraw_from_pocket', movement);
}

export function createPocketTransfer(
  ctx: Using,
  caller: Caller,
  movement: NewMovement,
): Promise<Booked<MovementFacts>> {
  return move(ctx, caller, 'transfer_between_pockets', movement);
}

export function reverseMovement(
  ctx: Using,
  caller: Caller,
  reversal: { key: string; movementId: string },
): Promise<Booked<MovementFacts>> {
  return move(ctx, caller, 'reverse_movement', reversal);
}

function move(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  name: LedgerFunction,
  { key, ...what }: { key: string },
): Promise<Booked<MovementFacts>> {
  return callLedger(db, name, { ownerId, key, hash: hashOf(what), ...what, source: 'person', at: clock.now() });
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
    where "pocketId" = ${pocketId}::uuid and "ownerId" = ${caller.userId}::uuid and seq < ${before}::bigint
    order by seq desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ movement }) => movement),
    limit,
    bySeq,
  );
}
