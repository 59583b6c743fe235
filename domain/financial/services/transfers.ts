import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { byPlace, placeBefore } from '../helpers/page.ts';
import type { TransferFacts, TransferStatus } from './facts.ts';
import { callLedger } from './ledger.ts';
import type { Booked } from './ledger.ts';

type Using = Pick<Context, 'db' | 'clock'>;

/** A transfer as the person asks for it, under an idempotency key. */
export interface NewTransfer {
  key: string;
  accountId: string;
  amountMinor: number;
  currency: string;
}

export function createDeposit(ctx: Using, caller: Caller, transfer: NewTransfer): Promise<Booked<TransferFacts>> {
  return startTransfer(ctx, caller, 'deposit', transfer);
}

export function createWalletWithdrawal(
  ctx: Using,
  caller: Caller,
  transfer: NewTransfer,
): Promise<Booked<TransferFacts>> {
  return startTransfer(ctx, caller, 'withdrawal', transfer);
}

function startTransfer(
  ctx: Using,
  { userId: ownerId }: Caller,
  direction: TransferFacts['direction'],
  { key, ...transfer }: NewTransfer,
) {
  const request = { ownerId, key, hash: hashOf(transfer), direction, ...transfer, at: ctx.clock.now() };
  return callLedger<TransferFacts>(ctx.db, 'start_transfer', request);
}

export async function getTransfer(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  transferId: string,
): Promise<TransferFacts> {
  const rows = await db.$queryRaw<{ transfer: TransferFacts }[]>`
    select to_jsonb(transfer) as transfer from transfer_facts transfer
    where id = ${transferId}::uuid and "ownerId" = ${userId}::uuid`;
  const transfer = rows[0]?.transfer;
  if (!transfer) throw notFound();
  return transfer;
}

export async function listTransfers(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Page<TransferFacts>> {
  const before = placeBefore(cursor);
  const rows = await db.$queryRaw<{ transfer: TransferFacts }[]>`
    /* listTransfers */ select to_jsonb(transfer) as transfer from transfer_facts transfer
    where "ownerId" = ${userId}::uuid and ("createdAt", id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
    order by "createdAt" desc, id desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ transfer }) => transfer),
    limit,
    byPlace,
  );
}

export interface ProviderState {
  status: TransferStatus;
  /** Flagship's counter of the transfer's states; none for our own verdict that the request was refused. */
  sequence?: number;
  reason?: string | undefined;
  /** ISO dates. */
  valueDate?: string | undefined;
  returnValueDate?: string | undefined;
}

/** Moves a transfer forward and books what follows, once; older news changes nothing. */
export async function putTransferState(ctx: Using, transferId: string, state: ProviderState): Promise<TransferFacts> {
  const request = { transferId, ...state, at: ctx.clock.now() };
  const { facts } = await callLedger<TransferFacts>(ctx.db, 'advance_transfer', request);
  return facts;
}
