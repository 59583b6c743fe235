import express from 'express';
import type { Express, Router } from 'express';
import { readControl, rate } from './control-input.ts';
import type { Sandbox } from './sandbox.ts';
import { isoTime } from './sandbox-clock.ts';
import { capabilityNames } from './capabilities.ts';
import { doWhatIsDue } from './due.ts';
import { runScenario, scenarios } from './scenarios/scenarios.ts';
import { orderPayment } from './standing-orders.ts';
import { addTransaction, requireAccount } from './transactions.ts';
import { presentTransfer } from './transfer-list.ts';
import { requireTransfer, tellTransactions } from './transfers.ts';

/** What a real provider does not have: the clock, the faults, the events of a bank, on demand. */
export function mountControls(app: Express, sandbox: Sandbox): void {
  const controls = express.Router().use(express.json({ limit: '16kb' }));
  mountClock(controls, sandbox);
  mountFaults(controls, sandbox);
  mountCapabilities(controls, sandbox);
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
    doWhatIsDue(sandbox);
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
      rateLimitRate: { type: 'rate' },
      duplicateWebhooks: { type: 'integer', minimum: 0, maximum: 100, orBoolean: true },
      dropWebhooks: { type: 'rate' },
      shuffleWebhooks: { type: 'rate' },
      stallTransfers: { type: 'rate' },
      pageSize: { type: 'integer', minimum: 0, maximum: 500 },
    });
    const numbers = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, rate(value)]));
    const { shuffleWebhooks = 0, stallTransfers = 0, ...rest } = numbers;
    response.json(faults.set({ ...rest, shuffleWebhooks: shuffleWebhooks > 0, stallTransfers: stallTransfers > 0 }));
  });
}

function mountCapabilities(controls: Router, { capabilities }: Sandbox): void {
  controls.get('/capabilities', (_request, response) => {
    response.json(capabilities.current);
  });

  controls.put('/capabilities', (request, response) => {
    const flags = capabilityNames.map((name) => [name, { type: 'boolean' as const }]);
    const wanted = readControl(request.body, {
      ...(Object.fromEntries(flags) as Record<string, { type: 'boolean' }>),
      unattendedReadsPerDay: { type: 'integer', minimum: 1, maximum: 10_000 },
    });
    response.json(capabilities.set(wanted));
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

  controls.post('/accounts/:accountId/standing-orders', (request, response) => {
    const input = readControl(
      request.body,
      {
        amountMinor: { type: 'integer', minimum: -1e12, maximum: 1e12 },
        description: { type: 'string', maximum: 500 },
        every: { type: 'string', maximum: 5 },
      },
      ['amountMinor'],
    );
    response.status(201).json(
      orderPayment(sandbox, requireAccount(store, request.params.accountId).id, {
        amountMinor: Number(input['amountMinor']),
        description: typeof input['description'] === 'string' ? input['description'] : 'STANDING ORDER',
        every: input['every'] === 'month' ? 'month' : 'week',
      }),
    );
  });

  controls.get('/accounts', (_request, response) => {
    response.json({ items: store.list('account') });
  });

  controls.get('/transfers/:transferId', (request, response) => {
    const transfer = requireTransfer(sandbox, request.params.transferId);
    response.json({ ...presentTransfer(transfer), createCalls: transfer.createCalls });
  });
}

function mountScenarios(controls: Router, sandbox: Sandbox): void {
  controls.get('/scenarios', (_request, response) => {
    response.json({ items: Object.entries(scenarios).map(([name, { on, about }]) => ({ name, on, about })) });
  });

  controls.post('/scenarios/:name', (request, response) => {
    const { id } = readControl(request.body, { id: { type: 'string', maximum: 64 } }, ['id']);
    response.json(runScenario(sandbox, request.params.name, String(id)));
  });
}
