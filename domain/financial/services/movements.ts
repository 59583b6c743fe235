import { hashOf } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { movementCursor, movementPage } from '../helpers/page.ts';
import type { Page } from '../helpers/page.ts';
import type { MovementFacts } from './facts.ts';
import { callLedger } from './ledger.ts';
import type { Booked, LedgerFunction } from './ledger.ts';
import { getPocket } from './pockets.ts';

type Using = Pick<Context, 'db' | 'clock'>;

/** A movement as the person asks for it. */
export interface NewMovement {
  pocketId: string;
  toPocketId?: string;
  amountMinor: number;
  currency: string;
  note?: string | undefined;
}

export function createContribution(
  ctx: Using,
  ownerId: string,
  key: string,
  movement: NewMovement,
): Promise<Booked<MovementFacts>> {
  return move(ctx, 'contribute_to_pocket', ownerId, key, movement);
}

export function createPocketWithdrawal(
  ctx: Using,
  ownerId: string,
  key: string,
  movement: NewMovement,
): Promise<Booked<MovementFacts>> {
  return move(ctx, 'withdraw_from_pocket', ownerId, key, movement);
}

export function createPocketTransfer(
  ctx: Using,
  ownerId: string,
  key: string,
  movement: NewMovement,
): Promise<Booked<MovementFacts>> {
  return move(ctx, 'transfer_between_pockets', ownerId, key, movement);
}

export function reverseMovement(
  ctx: Using,
  ownerId: string,
  key: string,
  movementId: string,
): Promise<Booked<MovementFacts>> {
  return move(ctx, 'reverse_movement', ownerId, key, { movementId });
}

function move(
  ctx: Using,
  name: LedgerFunction,
  ownerId: string,
  key: string,
  what: object,
): Promise<Booked<MovementFacts>> {
  return callLedger(ctx.db, name, { ownerId, key, hash: hashOf(what), ...what, source: 'person', at: ctx.clock.now() });
}

export async function listMovements(
  ctx: Pick<Context, 'db'>,
  ownerId: string,
  { pocketId, limit, cursor }: { pocketId: string; limit: number; cursor: string | undefined },
): Promise<Page<MovementFacts>> {
  const before = movementCursor(cursor);
  await getPocket(ctx, ownerId, pocketId);
  const rows = await ctx.db.$queryRaw<{ movement: MovementFacts }[]>`
    /* listMovements */ select to_jsonb(movement) as movement from movement_facts movement
    where "pocketId" = ${pocketId}::uuid and "ownerId" = ${ownerId}::uuid and seq < ${before}::bigint
    order by seq desc limit ${limit + 1}::int`;
  return movementPage(
    rows.map(({ movement }) => movement),
    limit,
  );
}
