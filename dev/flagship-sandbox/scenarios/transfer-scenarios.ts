import type { TransferRecord } from '../records.ts';
import { presentNews, presentTransfer } from '../transfer-list.ts';
import { failTransfer, requireTransfer, resumeTransfer, returnTransfer, stallTransfer } from '../transfers.ts';
import type { Scenario } from './scenario.ts';

export const transferScenarios: Record<string, Scenario> = {
  return_transfer: {
    on: 'transfer',
    about: 'The account holder objects, and the bank takes a settled transfer back.',
    run: (sandbox, id) => presentTransfer(returnTransfer(sandbox, id)),
  },
  fail_transfer: {
    on: 'transfer',
    about: 'The bank gives up on a transfer in flight.',
    run: (sandbox, id) => presentTransfer(failTransfer(sandbox, id)),
  },
  stall_transfer: {
    on: 'transfer',
    about: 'Nothing more happens to a transfer in flight, until resume_transfer.',
    run: (sandbox, id) => presentTransfer(stallTransfer(sandbox, id)),
  },
  resume_transfer: {
    on: 'transfer',
    about: 'The bank goes on with a stalled transfer.',
    run: (sandbox, id) => presentTransfer(resumeTransfer(sandbox, id)),
  },
  out_of_order_events: {
    on: 'transfer',
    about: 'What was told of the transfer is told again as new events, the newest state first and the oldest last.',
    run: (sandbox, id) => {
      const states = toldBackwards(requireTransfer(sandbox, id));
      states.forEach((state, age) => {
        sandbox.events.emit('transfer.updated', presentNews(state), sandbox.clock.now() - age * 1_000);
      });
      return { told: states.map(({ status }) => status) };
    },
  },
};

/** The transfer as it is, and as it was before. */
function toldBackwards(transfer: TransferRecord): TransferRecord[] {
  const before = { ...transfer, reason: null, settledAt: null, returnedAt: null };
  const earlier = (['processing', 'submitted'] as const).map((status): TransferRecord => ({ ...before, status }));
  return [transfer, ...earlier.filter(({ status }) => status !== transfer.status)];
}
