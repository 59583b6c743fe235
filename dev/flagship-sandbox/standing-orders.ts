import { stableId } from './random.ts';
import type { StandingOrderRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { isoDate } from './sandbox-clock.ts';
import { addTransaction } from './transactions.ts';
import { tellTransactions } from './transfers.ts';

const weekMs = 7 * 86_400_000;
/** A clock that leaps far does not write centuries of payments. */
const mostAtOnce = 600;

type Wanted = Pick<StandingOrderRecord, 'amountMinor' | 'description' | 'every'>;
type Bank = Pick<Sandbox, 'store' | 'clock' | 'config'>;

/** What goes out of and comes into everyone's current account: each week and each month, the first a period from now. */
export function orderUsualPayments(bank: Bank, accountId: string): void {
  orderPayment(bank, accountId, { amountMinor: -2_500, description: 'STANDING ORDER ALLOTMENT', every: 'week' });
  orderPayment(bank, accountId, { amountMinor: 210_000, description: 'SALARY', every: 'month' });
}

export function orderPayment({ store, clock, config }: Bank, accountId: string, wanted: Wanted): StandingOrderRecord {
  const id = stableId('sto', config.seed, accountId, String(store.count('standingOrder')));
  const nextAt = following(clock.now(), wanted.every);
  return store.put('standingOrder', id, { id, accountId, ...wanted, nextAt });
}

/** Books what has fallen due on the sandbox's clock, each on its own day, and tells the clients of it. */
export function bookDueOrders(sandbox: Sandbox): void {
  const { store, clock } = sandbox;
  const touched = new Set<string>();
  for (const order of store.list('standingOrder')) {
    let { nextAt } = order;
    for (let times = 0; nextAt <= clock.now() && times < mostAtOnce; times += 1) {
      if (store.get('account', order.accountId)?.status === 'open') {
        const { amountMinor, description } = order;
        addTransaction(sandbox, order.accountId, { amountMinor, description, bookedOn: isoDate(nextAt) });
        touched.add(order.accountId);
      }
      nextAt = following(nextAt, order.every);
    }
    if (nextAt !== order.nextAt) store.put('standingOrder', order.id, { ...order, nextAt });
  }
  for (const accountId of touched) tellTransactions(sandbox, accountId);
}

/** A month after the 31st is the last day of the next month. */
function following(at: number, every: StandingOrderRecord['every']): number {
  if (every === 'week') return at + weekMs;
  const next = new Date(at);
  const day = next.getUTCDate();
  next.setUTCMonth(next.getUTCMonth() + 1);
  if (next.getUTCDate() !== day) next.setUTCDate(0);
  return next.getTime();
}
