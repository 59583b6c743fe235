import type { components } from '#openapi/flagship-provider';
import { Problem } from '#platform/problem';
import type { TransferRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { isoTime } from './sandbox-clock.ts';
import { addTransaction, availableMinor, bookPending } from './transactions.ts';

interface NewTransfer {
  accountId: string;
  direction: 'debit' | 'credit';
  amount: { amountMinor: number; currency: string };
  notAfter: string;
}
const payee = 'CLYNC';

/** Records a transfer under the client's id; the same one again answers what is recorded. */
export function createTransfer(sandbox: Sandbox, id: string, wanted: NewTransfer): TransferRecord {
  const { store, clock, config } = sandbox;
  const { accountId, direction, amount } = wanted;
  const known = store.get('transfer', id);
  if (known) {
    const isSame =
      known.accountId === accountId && known.direction === direction && known.amountMinor === amount.amountMinor;
    if (!isSame || known.currency !== amount.currency) throw new Problem('transfer_id_reused');
    return store.put('transfer', id, { ...known, createCalls: known.createCalls + 1 });
  }
  if (Date.parse(wanted.notAfter) < Date.now()) throw new Problem('transfer_too_late');
  assertUsable(sandbox, accountId, amount.currency);
  const holdId = direction === 'debit' ? holdFor(sandbox, accountId, amount.amountMinor) : null;
  return store.put('transfer', id, {
    id,
    accountId,
    direction,
    amountMinor: amount.amountMinor,
    currency: amount.currency,
    status: 'submitted',
    reason: null,
    createdAt: clock.now(),
    holdId,
    nextAt: clock.now() + config.settlementMs / 2,
    createCalls: 1,
  });
}

function assertUsable({ store, clock }: Sandbox, accountId: string, currency: string): void {
  const account = store.get('account', accountId);
  const isAllowed = store
    .list('consent')
    .some(
      ({ status, accountIds, expiresAt }) =>
        status === 'active' && accountIds.includes(accountId) && (expiresAt ?? 0) > clock.now(),
    );
  const reason =
    !account || !isAllowed
      ? 'no_consent'
      : account.status === 'closed'
        ? 'account_closed'
        : account.currency !== currency
          ? 'currency'
          : null;
  if (reason !== null)
    throw new Problem('transfer_rejected', `The account cannot be used: ${reason}.`, { extensions: { reason } });
}

/** Null when the account has not enough: such a transfer fails when the bank gets to it. */
function holdFor(sandbox: Sandbox, accountId: string, amountMinor: number): string | null {
  const account = sandbox.store.get('account', accountId);
  if (!account || availableMinor(sandbox, account) < amountMinor) return null;
  return addTransaction(sandbox, accountId, { amountMinor: -amountMinor, description: payee, pending: true }).id;
}

/** Moves transfers whose time has come, on the sandbox's clock. */
export function startTransferTicker(sandbox: Sandbox) {
  const timer = setInterval(() => {
    moveDueTransfers(sandbox);
  }, 100);
  return {
    close: () => {
      clearInterval(timer);
    },
  };
}

export function moveDueTransfers(sandbox: Sandbox): void {
  const now = sandbox.clock.now();
  for (const transfer of sandbox.store.list('transfer')) {
    let current: TransferRecord | undefined = transfer;
    while (current && current.nextAt !== null && current.nextAt <= now) {
      moveOn(sandbox, current);
      current = sandbox.store.get('transfer', current.id);
    }
  }
}

function moveOn(sandbox: Sandbox, transfer: TransferRecord): void {
  if (transfer.direction === 'debit' && transfer.holdId === null) {
    changeTransfer(sandbox, transfer, 'failed', 'insufficient_funds');
  } else if (transfer.status === 'submitted') {
    changeTransfer(sandbox, transfer, 'processing');
  } else {
    settle(sandbox, transfer);
  }
}

function settle(sandbox: Sandbox, transfer: TransferRecord): void {
  if (transfer.holdId !== null) bookPending(sandbox, transfer.holdId);
  else addTransaction(sandbox, transfer.accountId, { amountMinor: transfer.amountMinor, description: payee });
  changeTransfer(sandbox, transfer, 'settled');
  tellTransactions(sandbox, transfer.accountId);
}

/** The bank takes a settled transfer back, or gives up on one in flight. */
export function returnTransfer(sandbox: Sandbox, transferId: string): TransferRecord {
  const transfer = sandbox.store.get('transfer', transferId);
  if (!transfer) throw new Problem('not_found');
  if (transfer.status !== 'settled') throw new Problem('conflict', 'Only a settled transfer can be returned.');
  const sign = transfer.direction === 'debit' ? 1 : -1;
  addTransaction(sandbox, transfer.accountId, {
    amountMinor: sign * transfer.amountMinor,
    description: `${payee} RETURN`,
  });
  tellTransactions(sandbox, transfer.accountId);
  return changeTransfer(sandbox, transfer, 'returned', 'account_holder_objected');
}

function changeTransfer(
  { store, events, config }: Sandbox,
  transfer: TransferRecord,
  status: TransferRecord['status'],
  reason: string | null = null,
): TransferRecord {
  const nextAt = status === 'processing' && transfer.nextAt !== null ? transfer.nextAt + config.settlementMs / 2 : null;
  const changed = store.put('transfer', transfer.id, { ...transfer, status, reason, nextAt });
  events.emit('transfer.updated', { transferId: transfer.id, status, reason });
  return changed;
}

/** Tells the client of each consent that covers the account that there is something to read. */
export function tellTransactions({ store, events }: Sandbox, accountId: string): void {
  for (const { id, status, accountIds } of store.list('consent')) {
    if (status === 'active' && accountIds.includes(accountId)) events.emit('transactions.available', { consentId: id });
  }
}

export function presentTransfer({
  id,
  accountId,
  direction,
  amountMinor,
  currency,
  status,
  reason,
  createdAt,
}: TransferRecord): components['schemas']['ProviderTransfer'] {
  return { id, accountId, direction, amount: { amountMinor, currency }, status, reason, createdAt: isoTime(createdAt) };
}
