import { Problem } from '#platform/problem';
import type { ChangeRecord, ConsentRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { bookPending, pendingOf, readCursor } from './transactions.ts';

/** Small enough that a handful of changes takes several. */
const pageOfMutating = 3;

/** One page of the changes behind a cursor (a place in the log of all changes). @throws transactions_mutated */
export function changesOf(sandbox: Sandbox, consent: ConsentRecord, cursor: string | undefined, limit: number) {
  const { store, faults } = sandbox;
  const after = readCursor(cursor);
  if (consent.mutates && consent.midCursor === cursor) mutate(sandbox, consent);
  const all = store
    .list('change')
    .filter(({ sequence, accountId }) => sequence > after && consent.accountIds.includes(accountId));
  const page = all.slice(0, pageSizeOf(faults.settings.pageSize, consent, limit));
  const nextCursor = `c${String(page.at(-1)?.sequence ?? after)}`;
  const hasMore = all.length > page.length;
  const midCursor = hasMore ? nextCursor : null;
  if (midCursor !== consent.midCursor) store.put('consent', consent.id, { ...consent, midCursor });
  const of = (kind: ChangeRecord['kind']) => page.filter((change) => change.kind === kind);
  return {
    added: of('added').flatMap((change) => presentTransaction({ store }, change.transactionId)),
    modified: of('modified').flatMap((change) => presentTransaction({ store }, change.transactionId)),
    removed: of('removed').map(({ transactionId, accountId }) => ({ id: transactionId, accountId })),
    nextCursor,
    hasMore,
  };
}

function pageSizeOf(largest: number, { mutates }: ConsentRecord, limit: number): number {
  return Math.min(limit, largest === 0 ? limit : largest, mutates ? pageOfMutating : limit);
}

/** Something pending is booked while it is paged, and the client has to begin again. */
function mutate(sandbox: Sandbox, consent: ConsentRecord): never {
  sandbox.store.put('consent', consent.id, { ...consent, mutates: false, midCursor: null });
  const [pending] = consent.accountIds.flatMap((accountId) => pendingOf(sandbox, accountId));
  if (pending) bookPending(sandbox, pending.id);
  throw new Problem('transactions_mutated');
}

function presentTransaction({ store }: Pick<Sandbox, 'store'>, id: string) {
  const transaction = store.get('transaction', id);
  const currency = transaction && store.get('account', transaction.accountId)?.currency;
  if (!transaction || currency === undefined) return [];
  const { accountId, amountMinor, description, bookedOn, pending, pendingId } = transaction;
  return [{ id, accountId, amount: { amountMinor, currency }, description, bookedOn, pending, pendingId }];
}
