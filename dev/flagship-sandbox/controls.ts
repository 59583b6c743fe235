import express from 'express';
import type { Express, Router } from 'express';
import { Problem } from '#platform/problem';
import { readControl, rate } from './control-input.ts';
import type { Sandbox } from './sandbox.ts';
import { isoTime } from './sandbox-clock.ts';
import { runScenario, scenarioNames } from './scenarios.ts';
import { addTransaction, requireAccount } from './transactions.ts';
import { moveDueTransfers, presentTransfer, tellTransactions } from './transfers.ts';

/** What a real provider does not have: the clock, the faults, the events of a bank, on demand. */
export function mountControls(app: Express, sandbox: Sandbox): void {
  const controls = express.Router().use(express.json({ limit: '16kb' }));
  mountClock(controls, sandbox);
  mountFaults(controls, sandbox);
  mountBank(controls, sandbox);
  mountScenarios(controls, sandbox);
  app.use('/sandbox', controls);
}

function mountClock(controls: Router, sandbox: Sandbox): void {
  controls.post('/clock/advance', (request, response) => {
    const { seconds } = readControl(request.body, { seconds: { type: 'integer', minimum: 0, maximum: 315_360_000 } }, [
      'seconds',
    ]);
    const now = sandbox.clock.advance(Number(seconds));
    moveDueTransfers(sandbox);
    response.json({ now: isoTime(now) });
  });
}

function mountFaults(controls: Router, { faults }: Sandbox): void {
  controls.get('/faults', (_request, response) => {
    response.json(faults.settings);
  });

  controls.put('/faults', (request, response) => {
    const wanted = readControl(request.body, {
      latencyMs: { type: 'integer', minimum: 0, maximum: 60_000 },
      errorRate: { type: 'rate' },
      hangRate: { type: 'rate' },
      duplicateWebhooks: { type: 'integer', minimum: 0, maximum: 100, orBoolean: true },
      dropWebhooks: { type: 'rate' },
      shuffleWebhooks: { type: 'rate' },
    });
    const numbers = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, rate(value)]));
    const { shuffleWebhooks = 0, ...rest } = numbers;
    response.json(faults.set({ ...rest, shuffleWebhooks: shuffleWebhooks > 0 }));
  });
}

function mountBank(controls: Router, sandbox: Sandbox): void {
  const { store } = sandbox;

  controls.post('/accounts/:accountId/transactions', (request, response) => {
    const input = readControl(
      request.body,
      {
        amountMinor: { type: 'integer', minimum: -1e12, maximum: 1e12 },
        description: { type: 'string', maximum: 500 },
        pending: { type: 'boolean' },
      },
      ['amountMinor'],
    );
    const account = requireAccount(store, request.params.accountId);
    const transaction = addTransaction(sandbox, account.id, {
      amountMinor: Number(input['amountMinor']),
      description: typeof input['description'] === 'string' ? input['description'] : 'PAYMENT',
      pending: input['pending'] === true,
    });
    tellTransactions(sandbox, account.id);
    response.status(201).json(transaction);
  });

  controls.get('/accounts', (_request, response) => {
    response.json({ items: store.list('account') });
  });

  controls.get('/transfers/:transferId', (request, response) => {
    const transfer = store.get('transfer', request.params.transferId);
    if (!transfer) throw new Problem('not_found');
    response.json({ ...presentTransfer(transfer), createCalls: transfer.createCalls });
  });
}

function mountScenarios(controls: Router, sandbox: Sandbox): void {
  controls.get('/scenarios', (_request, response) => {
    response.json({ items: scenarioNames });
  });

  controls.post('/scenarios/:name', (request, response) => {
    const { id } = readControl(request.body, { id: { type: 'string', maximum: 64 } }, ['id']);
    response.json(runScenario(sandbox, request.params.name, String(id)));
  });
}
