import type { Account, Transfer } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import {
  accountNotFound,
  accountUnusable,
  providerUnavailable,
  transferMismatch,
  transferNotFound,
} from '../errors.ts';
import { ProviderError } from '../provider/provider.ts';
import { keepSendingTime, sendingMs, settlingMs } from './sending-time.ts';
import { lockTransfer, moveTransfer } from './transfer-state.ts';
import type { TransferNews } from './transfer-state.ts';

/** A transfer as it is kept. */
export type TransferRow = Transfer;

export interface WantedTransfer {
  id: string;
  userId: string;
  accountId: string;
  direction: 'deposit' | 'withdrawal';
  amountMinor: number;
  currency: string;
}
/** Refusals that say nothing of the transfer: it was not looked at. */
const notLookedAt = [
  'unauthenticated',
  'forbidden',
  'invalid_client',
  'rate_limited',
  'overloaded',
  'capability_unavailable',
];

/** Keeps the intent, then calls the provider once. Who asks again gets the state of now. */
export async function createTransfer(ctx: Context, wanted: WantedTransfer): Promise<Transfer> {
  const { transfer, account, isOurs } = await keepIntent(ctx, wanted);
  return isOurs ? send(ctx, transfer, account) : transfer;
}

/** Whoever sets `sentNotAfter` is the one who sends; a job looks after the transfer from then on. */
async function keepIntent(ctx: Context, wanted: WantedTransfer) {
  return inTransaction(ctx.db, async (tx) => {
    const { transfer, account, isNew } = await lockWanted(ctx, tx, wanted);
    if (transfer.sentNotAfter !== null || transfer.status !== 'created') return { transfer, account, isOurs: false };
    const unusable = whyUnusable(account, account.connection.status, wanted.currency);
    if (unusable !== undefined && isNew) throw accountUnusable(unusable);
    // While it could not be sent, its person called it off, or its account has become unusable: one that is kept has to end.
    if (transfer.cancelRequestedAt !== null || unusable !== undefined) {
      const ended = await moveTransfer(ctx, tx, wanted.id, endOfUnsent(transfer, 'account_unusable'));
      return { transfer: ended ?? transfer, account, isOurs: false };
    }

    await keepSendingTime(tx, wanted.id);
    const claimed = await tx.transfer.findUniqueOrThrow({ where: { id: wanted.id } });
    await scheduleResolve(ctx, tx, wanted.id, sendingMs + settlingMs);
    return { transfer: claimed, account, isOurs: true };
  });
}

/** What becomes of a transfer that was never sent, and never will be. */
export function endOfUnsent({ cancelRequestedAt }: Transfer, reason: string): TransferNews {
  return cancelRequestedAt === null ? { status: 'failed', reason } : { status: 'cancelled', reason: null };
}

/** The row of a transfer, made when there is none, and held until the transaction ends. */
export async function lockWanted({ clock }: Pick<Context, 'clock'>, tx: Tx, wanted: WantedTransfer) {
  const { amountMinor, ...rest } = wanted;
  const now = clock.now();
  const account = await tx.account.findFirst({
    where: { id: wanted.accountId, userId: wanted.userId },
    include: { connection: true },
  });
  if (!account) throw accountNotFound();
  const { count } = await tx.transfer.createMany({
    data: [{ ...rest, amountMinor: BigInt(amountMinor), createdAt: now, updatedAt: now }],
    skipDuplicates: true,
  });
  const transfer = await lockTransfer(tx, wanted.id);
  if (!transfer || !isSame(transfer, wanted)) throw transferMismatch();
  return { transfer, account, isNew: count === 1 };
}

export async function scheduleResolve(
  { queue }: Pick<Context, 'queue'>,
  tx: Tx,
  transferId: string,
  afterMs: number,
): Promise<void> {
  await queue.add(tx, 'resolveTransfer', { transferId }, { key: `resolveTransfer:${transferId}`, afterMs });
}

function isSame(transfer: Transfer, wanted: WantedTransfer): boolean {
  return (
    transfer.userId === wanted.userId &&
    transfer.accountId === wanted.accountId &&
    transfer.direction === wanted.direction &&
    transfer.amountMinor === BigInt(wanted.amountMinor) &&
    transfer.currency === wanted.currency
  );
}

/** Undefined when the account can take part in a transfer. */
function whyUnusable(account: Account, connectionStatus: string, currency: string): string | undefined {
  if (connectionStatus !== 'active') return `Its connection is ${connectionStatus}.`;
  if (account.status !== 'open') return 'The bank has closed it.';
  return account.currency === currency ? undefined : `It is kept in ${account.currency}.`;
}

async function send(ctx: Context, transfer: Transfer, account: Account): Promise<Transfer> {
  const { id, currency, sentNotAfter } = transfer;
  const outcome = await ctx.provider
    .createTransfer({
      id,
      providerAccountId: account.providerAccountId,
      direction: transfer.direction as WantedTransfer['direction'],
      amountMinor: Number(transfer.amountMinor),
      currency,
      notAfter: sentNotAfter ?? ctx.clock.now(),
    })
    .catch((error: unknown) => outcomeOfFailure(error));
  if (outcome instanceof ProviderError) {
    await keepUnsent(ctx, id, outcome);
    throw providerUnavailable(outcome);
  }
  const moved = await inTransaction(ctx.db, (tx) => moveTransfer(ctx, tx, id, outcome));
  if (!moved) throw transferNotFound();
  if (moved.status === 'unknown') await scheduleResolve(ctx, ctx.db, id, 0);
  return moved;
}

/** Nothing was sent: the next request for this transfer may send it, unless the provider moves no money at all. */
async function keepUnsent(ctx: Context, id: string, { code }: ProviderError): Promise<void> {
  if (code === 'capability_unavailable') {
    await inTransaction(ctx.db, (tx) => moveTransfer(ctx, tx, id, { status: 'failed', reason: code }));
  } else {
    await ctx.db.transfer.updateMany({ where: { id, status: 'created' }, data: { sentNotAfter: null } });
  }
}

function outcomeOfFailure(error: unknown) {
  if (!(error instanceof ProviderError)) throw error;
  if (error.kind === 'unanswered') return { status: 'unknown' as const, reason: null };
  if (error.kind === 'not_sent' || notLookedAt.includes(error.code)) return error;
  return { status: 'failed' as const, reason: error.reason ?? error.code };
}

export async function getTransfer({ db }: Context, id: string): Promise<Transfer> {
  const transfer = await db.transfer.findUnique({ where: { id } });
  if (!transfer) throw transferNotFound();
  return transfer;
}
