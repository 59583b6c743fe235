import { expireDueConsents } from './consents.ts';
import type { Sandbox } from './sandbox.ts';
import { bookDueOrders } from './standing-orders.ts';
import { moveDueTransfers } from './transfers.ts';

/** Has happen what is due on the sandbox's clock: transfers move, orders are booked, consents expire. */
export function doWhatIsDue(sandbox: Sandbox): void {
  moveDueTransfers(sandbox);
  bookDueOrders(sandbox);
  expireDueConsents(sandbox);
}

export function startTicker(sandbox: Sandbox) {
  const timer = setInterval(() => {
    doWhatIsDue(sandbox);
  }, 100);
  return {
    close: () => {
      clearInterval(timer);
    },
  };
}
