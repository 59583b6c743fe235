import { Problem } from '#platform/problem';
import type { TransferRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { presentNews } from './transfer-list.ts';
import { addTransaction, availableMinor, bookPending, removeTransaction } from './transactions.ts';

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
    settledAt: null,
    returnedAt: null,
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
  if (transfer.status === 'processing' && sandbox.faults.settings.stallTransfers) {
    stallTransfer(sandbox, transfer.id);
  } else if (transfer.direction === 'debit' && transfer.holdId === null) {
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
  changeTransfer(sandbox, { ...transfer, settledAt: sandbox.clock.now() }, 'settled');
  tellTransactions(sandbox, transfer.accountId);
}

/** Stops what the bank has not begun. */
export function cancelTransfer(sandbox: Sandbox, transferId: string): TransferRecord {
  moveDueTransfers(sandbox);
  const transfer = requireTransfer(sandbox, transferId);
  if (transfer.status === 'cancelled') return transfer;
  if (transfer.status !== 'submitted') {
    throw new Problem('transfer_not_cancellable', undefined, { extensions: { transferStatus: transfer.status } });
  }
  release(sandbox, transfer);
  return changeTransfer(sandbox, transfer, 'cancelled', 'cancelled_by_client');
}

/** The bank lets a transfer lie: nothing more happens to it by itself. */
export function stallTransfer({ store, ...sandbox }: Sandbox, transferId: string): TransferRecord {
  const transfer = requireTransfer({ store, ...sandbox }, transferId);
  return store.put('transfer', transferId, { ...transfer, nextAt: null });
}

/** The bank goes on with a transfer it let lie. */
export function resumeTransfer(sandbox: Sandbox, transferId: string): TransferRecord {
  const transfer = requireTransfer(sandbox, transferId);
  if (!isInFlight(transfer)) throw new Problem('conflict', 'The transfer is final.');
  sandbox.store.put('transfer', transferId, { ...transfer, nextAt: sandbox.clock.now() });
  moveDueTransfers(sandbox);
  return requireTransfer(sandbox, transferId);
}

/** The bank gives up on a transfer in flight. */
export function failTransfer(sandbox: Sandbox, transferId: string): TransferRecord {
  const transfer = requireTransfer(sandbox, transferId);
  if (!isInFlight(transfer)) throw new Problem('conflict', 'The transfer is final.');
  release(sandbox, transfer);
  return changeTransfer(sandbox, transfer, 'failed', 'bank_refused');
}

function isInFlight({ status }: TransferRecord): boolean {
  return status === 'submitted' || status === 'processing';
}

/** What a debit held on the account is free again. */
function release(sandbox: Sandbox, { holdId, accountId }: TransferRecord): void {
  if (holdId === null) return;
  removeTransaction(sandbox, holdId);
  tellTransactions(sandbox, accountId);
}

/** The bank takes a settled transfer back. */
export function returnTransfer(sandbox: Sandbox, transferId: string): TransferRecord {
  const transfer = requireTransfer(sandbox, transferId);
  if (transfer.status !== 'settled') throw new Problem('conflict', 'Only a settled transfer can be returned.');
  const sign = transfer.direction === 'debit' ? 1 : -1;
  addTransaction(sandbox, transfer.accountId, {
    amountMinor: sign * transfer.amountMinor,
    description: `${payee} RETURN`,
  });
  tellTransactions(sandbox, transfer.accountId);
  const returned = { ...transfer, returnedAt: sandbox.clock.now() };
  return changeTransfer(sandbox, returned, 'returned', 'account_holder_objected');
}

export function requireTransfer({ store }: Pick<Sandbox, 'store'>, transferId: string): TransferRecord {
  const transfer = store.get('transfer', transferId);
  if (!transfer) throw new Problem('not_found', 'There is no such transfer.');
  return transfer;
}

function changeTransfer(
  { store, events, config }: Sandbox,
  transfer: TransferRecord,
  status: TransferRecord['status'],
  reason: string | null = null,
): TransferRecord {
  const nextAt = status === 'processing' && transfer.nextAt !== null ? transfer.nextAt + config.settlementMs / 2 : null;
  const changed = store.put('transfer', transfer.id, { ...transfer, status, reason, nextAt });
  events.emit('transfer.updated', presentNews(changed));
  return changed;
}

/** Tells the client of each consent that covers the account that there is something to read. */
export function tellTransactions({ store, events }: Sandbox, accountId: string): void {
  for (const { id, status, accountIds } of store.list('consent')) {
    if (status === 'active' && accountIds.includes(accountId)) events.emit('transactions.available', { consentId: id });
  }
}
