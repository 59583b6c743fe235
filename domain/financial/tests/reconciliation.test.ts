import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { components, operations } from '#openapi/flagship';
import { Problem } from '#platform/problem';
import { startStandIn } from '#platform/testing/stand-in';
import { waitFor } from '#platform/testing/wait';
import { createFinancialWorker } from '../jobs/worker.ts';
import { createPerson, eur, startFinancialApp } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { startTransfer } from './steps.ts';

type Side = components['schemas']['TransferSide'];
type Fact = components['schemas']['TransferFact'];
type Told = Parameters<FinancialApp['flagship']['putTransferState']>[0] & object;

const staff = { staffId: 'oid-of-ann' };
let app: FinancialApp;
let flagship: { stop(): Promise<void> };
let worker: { start(): Promise<void>; stop(): Promise<void> };
/** What flagship lists, and what it says when it is asked for one by itself, where that is something else. */
const listed: Fact[] = [];
const asked = new Map<string, Fact>();
const problems: Problem[] = [];

beforeAll(async () => {
  app = await startFinancialApp();
  flagship = await startStandIn<Pick<operations, 'createTransfer' | 'getTransferFacts' | 'getTransferFact'>>({
    name: 'flagship',
    trust: app.trust,
    settings: { port: app.flagshipPort },
    handlers: {
      // Noted, and no more: how a transfer goes on is told by the tests.
      createTransfer: ({ path, body: { direction, amount, accountId } }) => {
        const noted = { status: 'created' as const, sequence: 0, reason: null, valueDate: null };
        const updatedAt = app.clock.now().toISOString();
        return { status: 202, body: { id: path.transferId, direction, amount, accountId, updatedAt, ...noted } };
      },
      getTransferFacts: ({ query }) => {
        const problem = problems.shift();
        if (problem) throw problem;
        const from = Number(query.cursor ?? 0);
        const ofDays = listed.filter((fact) => isOfDays(fact, query));
        const nextCursor = from + 2 < ofDays.length ? String(from + 2) : null;
        return { status: 200, body: { items: ofDays.slice(from, from + 2), nextCursor } };
      },
      getTransferFact: ({ path: { transferId } }) => {
        const known = listed.find((fact) => fact.transferId === transferId);
        return { status: 200, body: asked.get(transferId) ?? known ?? { transferId, flagship: null, provider: null } };
      },
    },
  });
  worker = await createFinancialWorker(
    {
      databaseUrl: app.databases.url('financial'),
      logLevel: 'silent',
      metricsPort: 0,
      flagshipUrl: `http://127.0.0.1:${String(app.flagshipPort)}`,
      // Nobody is told anything here.
      socialUrl: 'http://127.0.0.1:1',
      serviceTokenKey: app.keys['financial']?.privateKey ?? {},
    },
    app.clock,
  );
  await worker.start();
});
afterEach(async () => {
  listed.length = 0;
  asked.clear();
  problems.length = 0;
  // What a test began and did not wait for would meet what the next one has prepared.
  await waitFor('nothing to run any more', async () => {
    const { rowCount } = await app.process.query(
      `select from financial_jobs._private_jobs job join financial_jobs._private_tasks task on task.id = job.task_id
       where task.identifier = 'runReconciliation' and job.run_at <= now() and job.attempts < job.max_attempts`,
    );
    return rowCount === 0;
  });
});
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await worker.stop();
  await flagship.stop();
  await app.stop();
  expect(faults).toEqual([]);
});

function isOfDays({ flagship: own, provider }: Fact, { from, to }: { from: string; to: string }): boolean {
  const days = [own, provider].flatMap((side) => [side?.valueDate, side?.returnValueDate]);
  return days.some((day) => day != null && day >= from && day <= to);
}

/** Each test has a day of its own, long ago: what another one has left open is not looked at. */
let lastDay = Date.parse('2026-01-01');
function newDay(): string {
  lastDay += 86_400_000;
  return new Date(lastDay).toISOString().slice(0, 10);
}

function side(day: string, changes: Partial<Side> = {}): Side {
  const settled = {
    status: 'settled' as const,
    direction: 'deposit' as const,
    amount: eur(1_000),
    returnValueDate: null,
  };
  return { ...settled, valueDate: day, changedAt: `${day}T10:00:00.000Z`, ...changes };
}

const own = (day: string, changes: Partial<Side> = {}) => side(day, { isTold: true, ...changes });

/** A transfer of 10.00 that the ledger has in this state. */
async function transferInLedger(
  status: 'processing' | 'settled' | 'failed' | 'returned',
  day: string,
  direction: 'deposit' | 'withdrawal' = 'deposit',
): Promise<string> {
  const as = await createPerson(app, { wallet: 1_000 });
  const operation = direction === 'deposit' ? 'createDeposit' : 'createWalletWithdrawal';
  const { id } = await startTransfer(app, operation, as, 1_000);
  await tellState(id, status, day);
  return id;
}

async function tellState(transferId: string, status: Told['body']['status'], day: string, sequence = 3) {
  const isSettled = status === 'settled' || status === 'returned';
  const body = { status, sequence, ...(isSettled && { valueDate: day }) };
  await app.flagship.putTransferState({ as: { service: true }, path: { transferId }, body }).expect(200);
}

async function reconcile(from: string, to = from) {
  const { body } = await app.client.createReconciliation({ as: staff, body: { from, to } }).expect(202);
  return waitForEnd(body.id);
}

async function waitForEnd(reconciliationId: string) {
  return waitFor('the reconciliation to end', async () => {
    const { body } = await app.client.getReconciliation({ as: staff, path: { reconciliationId } }).expect(200);
    return body.status !== 'running' && body;
  });
}

async function breaksOf(transferId: string) {
  const { body } = await app.client.listReconciliationBreaks({ as: staff, query: { limit: 100 } }).expect(200);
  return body.items.filter((item) => item.transferId === transferId);
}

describe('what agrees', () => {
  test('a day on which all three say the same is clean, whatever became of the transfers', async () => {
    const day = newDay();
    const deposit = await transferInLedger('settled', day);
    const withdrawal = await transferInLedger('settled', day, 'withdrawal');
    const returned = await transferInLedger('returned', day);
    const failed = await transferInLedger('failed', day);
    await transferInLedger('processing', day);
    const back = { status: 'returned' as const, returnValueDate: day };
    listed.push(
      { transferId: deposit, flagship: own(day), provider: side(day) },
      {
        transferId: withdrawal,
        flagship: own(day, { direction: 'withdrawal' }),
        provider: side(day, { direction: 'withdrawal' }),
      },
      { transferId: returned, flagship: own(day, back), provider: side(day, back) },
      { transferId: failed, flagship: own(day, { status: 'failed' }), provider: side(day, { status: 'failed' }) },
      { transferId: deposit, flagship: own(day), provider: null },
    );

    const run = await reconcile(day);

    expect(run).toMatchObject({
      status: 'clean',
      checked: 4,
      matched: 4,
      inFlight: 0,
      breaks: 0,
      startedBy: 'staff',
      reason: null,
    });
    const { body } = await app.client.listReconciliations({ as: staff, query: { limit: 1 } }).expect(200);
    expect(body.items).toEqual([run]);
  });

  test('what is on its way over midnight is no break, and is one when it never comes', async () => {
    const day = newDay();
    const id = await transferInLedger('processing', day);
    const midnight = Date.parse(day) + 86_400_000;
    const changedAt = new Date(midnight - 60_000).toISOString();
    listed.push({ transferId: id, flagship: own(day, { status: 'processing' }), provider: side(day, { changedAt }) });
    const present = app.clock.now();
    app.clock.set(new Date(midnight + 300_000));

    const first = await reconcile(day);
    app.clock.advance(3_600_000);
    const second = await reconcile(day);
    app.clock.set(present);

    expect(first).toMatchObject({ status: 'clean', inFlight: 1 });
    expect(second).toMatchObject({ status: 'breaks', breaks: 1 });
  });

  test('what only looks different because the three were not asked at once is asked for again', async () => {
    const day = newDay();
    const id = await transferInLedger('settled', day);
    listed.push({ transferId: id, flagship: own(day), provider: null });
    asked.set(id, { transferId: id, flagship: own(day), provider: side(day) });

    expect(await reconcile(day)).toMatchObject({ status: 'clean', checked: 1 });
  });
});

describe('what does not', () => {
  test.each([
    [
      'is settled and the news was lost',
      'processing',
      { status: 'processing' },
      {},
      'missing_in_ledger',
      'event_missed',
      -1_000,
    ],
    [
      'is settled and financial was not told',
      'processing',
      { isTold: false },
      {},
      'missing_in_ledger',
      'not_told',
      -1_000,
    ],
    ['is settled where the ledger has it failed', 'failed', {}, {}, 'missing_in_ledger', 'refused_by_ledger', -1_000],
    [
      'is returned and still booked',
      'settled',
      { status: 'returned' },
      { status: 'returned' },
      'state_differs',
      'refused_by_ledger',
      1_000,
    ],
    ['has failed and is booked', 'settled', {}, { status: 'failed' }, 'state_differs', 'booked_wrongly', 1_000],
    ['is of another sum', 'settled', {}, { amount: eur(900) }, 'amount_differs', 'booked_wrongly', 100],
    ['is booked and not there', 'settled', {}, null, 'missing_at_provider', 'forgotten_by_provider', 1_000],
    ['is booked and nowhere else', 'settled', null, null, 'missing_at_provider', 'forgotten_by_provider', 1_000],
  ] as const)(
    'a transfer that %s',
    async (_name, inLedger, atFlagship, atProvider, kind, suggestedCause, amountMinor) => {
      const day = newDay();
      const id = await transferInLedger(inLedger, day);
      if (atFlagship) {
        const provider = atProvider && side(day, atProvider);
        listed.push({ transferId: id, flagship: own(day, atFlagship), provider });
      }

      const run = await reconcile(day);

      expect(run).toMatchObject({ status: 'breaks', checked: 1, breaks: 1 });
      expect(await breaksOf(id)).toEqual([
        expect.objectContaining({
          kind,
          suggestedCause,
          amount: eur(amountMinor),
          status: 'open',
          ageHours: 0,
          reconciliationId: run.id,
          resolution: null,
          ledger: { status: inLedger, movedMinor: inLedger === 'settled' ? 1_000 : 0 },
        }),
      ]);
    },
  );

  test('a transfer that somebody else has made at the provider', async () => {
    const day = newDay();
    const transferId = `made-by-hand-${day}`;
    listed.push({ transferId, flagship: null, provider: side(day, { direction: 'withdrawal' }) });

    await reconcile(day);

    expect(await breaksOf(transferId)).toEqual([
      expect.objectContaining({
        kind: 'unknown_transfer',
        suggestedCause: 'not_ours',
        amount: eur(1_000),
        ledger: null,
        flagship: null,
      }),
    ]);
  });

  test('stays one break with its age, and clears by itself when it is made good', async () => {
    const day = newDay();
    const id = await transferInLedger('processing', day);
    listed.push({ transferId: id, flagship: own(day, { isTold: false }), provider: side(day) });

    await reconcile(day);
    app.clock.advance(7_200_000);
    await reconcile(day);
    const [open, ...others] = await breaksOf(id);
    await tellState(id, 'settled', day, 4);
    const last = await reconcile(day);

    expect(others).toEqual([]);
    expect(open).toMatchObject({ status: 'open', ageHours: 2 });
    expect(last).toMatchObject({ status: 'clean', matched: 1 });
    expect(await breaksOf(id)).toMatchObject([{ id: open?.id, status: 'cleared', ageHours: 2 }]);
  });

  test('is resolved once, by one decision, and comes back as another break when it is still there', async () => {
    const day = newDay();
    const id = await transferInLedger('settled', day);
    listed.push({ transferId: id, flagship: own(day), provider: null });
    await reconcile(day);
    const path = { breakId: (await breaksOf(id))[0]?.id ?? '' };
    const send = (decisionId: string, to = path) =>
      app.client.resolveReconciliationBreak({
        as: staff,
        path: to,
        body: { decisionId, note: 'The bank looks for it' },
      });

    const decisions = Array.from({ length: 5 }, () => randomUUID());
    const replies = await Promise.all(decisions.map((decisionId) => send(decisionId)));
    const decisionId = decisions[replies.findIndex(({ status }) => status === 200)] ?? '';
    const again = await send(decisionId).expect(200);
    app.clock.advance(1_000);
    await reconcile(day);

    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(again.body).toMatchObject({
      status: 'resolved',
      resolution: { decisionId, staffId: staff.staffId, note: 'The bank looks for it' },
    });
    expect((await send(randomUUID()).expect(409)).body.code).toBe('break_not_open');
    const [, fresh] = await breaksOf(id);
    expect(fresh).toMatchObject({ status: 'open', kind: 'missing_at_provider' });
    expect((await send(decisionId, { breakId: fresh?.id ?? '' }).expect(409)).body.code).toBe('decision_reused');
    await send(randomUUID(), { breakId: randomUUID() }).expect(404);
    const { body } = await app.client
      .listReconciliationBreaks({ as: staff, query: { status: 'resolved' } })
      .expect(200);
    expect(body.items.map(({ id: breakId }) => breakId)).toEqual([path.breakId]);
  });
});

describe('running', () => {
  const runNow = (name: string, payload = '{}') =>
    app.process.query('select financial_jobs.add_job($1, $2::json, job_key := $1)', [name, payload]);

  test('the same days are under way once, however many ask', async () => {
    const day = newDay();
    problems.push(...Array.from({ length: 2 }, () => new Problem('provider_unavailable')));

    const replies = await Promise.all(
      Array.from({ length: 5 }, () => app.client.createReconciliation({ as: staff, body: { from: day, to: day } })),
    );

    const started = replies.find(({ status }) => status === 202);
    expect(replies.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
    expect(replies.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'reconciliation_running' });
    await waitFor('it to be tried again until the provider is back', async () => {
      await app.process.query('update financial_jobs._private_jobs set run_at = now() where run_at > now()');
      const path = { reconciliationId: started?.body.id ?? '' };
      return (await app.client.getReconciliation({ as: staff, path }).expect(200)).body.status === 'clean';
    });
    await runNow('runReconciliation', JSON.stringify({ reconciliationId: started?.body.id }));
  });

  test('is started once by a decision, whose id it has', async () => {
    const [day, other, decisionId] = [newDay(), newDay(), randomUUID()];
    const decide = (from: string) =>
      app.client.createReconciliation({ as: staff, body: { from, to: from, decisionId } });

    const replies = await Promise.all(Array.from({ length: 3 }, () => decide(day)));

    expect(replies).toMatchObject(replies.map(() => ({ status: 202, body: { id: decisionId } })));
    expect((await decide(other).expect(409)).body.code).toBe('decision_reused');
  });

  test('has failed, with its reason, when the provider lists nothing at all', async () => {
    const day = newDay();
    problems.push(new Problem('capability_unavailable'));

    expect(await reconcile(day)).toMatchObject({ status: 'failed', reason: 'capability_unavailable', checked: 0 });
  });

  test('has failed too when it fails by a fault of ours, after its last try', async () => {
    const day = newDay();
    listed.push({ transferId: randomUUID(), flagship: null, provider: side(day) });
    await app.owner.query('revoke insert on financial.recon_break from financial');
    const { body: started } = await app.client
      .createReconciliation({ as: staff, body: { from: day, to: day } })
      .expect(202);

    const failed = await waitFor('the last try', async () => {
      await app.owner.query(
        'update financial_jobs._private_jobs set attempts = 4, run_at = now() where attempts > 0 and locked_at is null',
      );
      const path = { reconciliationId: started.id };
      const { body } = await app.client.getReconciliation({ as: staff, path }).expect(200);
      return body.status === 'failed' && body;
    });
    await app.owner.query('grant insert on financial.recon_break to financial');

    expect(failed).toMatchObject({ reason: 'internal_error', breaks: 0 });
  });

  test('every night once, over the last seven days', async () => {
    const nightly = async () => {
      const { body } = await app.client.listReconciliations({ as: staff, query: { limit: 100 } }).expect(200);
      return body.items.filter(({ startedBy }) => startedBy === 'night');
    };
    const isoDay = (daysAgo: number) =>
      new Date(app.clock.now().getTime() - daysAgo * 86_400_000).toISOString().slice(0, 10);

    await runNow('reconcileNight');
    const [night] = await waitFor('the run', async () => {
      const found = await nightly();
      return found.length > 0 && found;
    });
    await waitForEnd(night?.id ?? '');
    await runNow('reconcileNight');
    await waitFor('the job to be gone', async () => {
      const { rows } = await app.process.query(`select from financial_jobs._private_jobs where key = 'reconcileNight'`);
      return rows.length === 0;
    });

    expect(await nightly()).toMatchObject([{ from: isoDay(7), to: isoDay(1), staffId: null }]);
  });

  test('is for staff, and for days that have been', async () => {
    const { client, clock } = app;
    const tomorrow = new Date(clock.now().getTime() + 2 * 86_400_000).toISOString().slice(0, 10);
    const send = (from: string, to: string) => client.createReconciliation({ as: staff, body: { from, to } });
    const as = await createPerson(app);

    await client.createReconciliation({ as, body: { from: newDay(), to: newDay() } }).expect(403);
    await client.listReconciliationBreaks({ as }).expect(403);
    await client.listReconciliations({ as: { service: true } }).expect(403);
    for (const [from, to] of [
      [tomorrow, tomorrow],
      ['2026-02-02', '2026-02-01'],
      ['2026-01-01', '2026-02-01'],
    ] as const)
      expect((await send(from, to).expect(422)).body.code).toBe('reconciliation_period_unfit');
    await send('2026-02-30', '2026-03-01').expect(400);
    await client.getReconciliation({ as: staff, path: { reconciliationId: randomUUID() } }).expect(404);
    await client.listReconciliations({ as: staff, query: { cursor: 'bm90IGEgY3Vyc29y' } }).expect(400);
  });
});

test('the figures of staff count what the lists list', async () => {
  const day = newDay();
  await transferInLedger('processing', day);
  const id = await transferInLedger('settled', day);
  listed.push({ transferId: id, flagship: own(day), provider: null });
  await reconcile(day);
  const states = ['created', 'processing', 'settled', 'failed', 'returned'] as const;
  const query = { limit: 100 };

  const { body } = await app.client.getStaffFigures({ as: staff }).expect(200);
  const transfers = await Promise.all(
    states.map(async (status) => {
      const reply = await app.client.listTransfersForStaff({ as: staff, query: { ...query, status } }).expect(200);
      return [status, reply.body.items.length] as const;
    }),
  );
  const open = { ...query, status: 'open' as const };
  const breaks = await app.client.listReconciliationBreaks({ as: staff, query: open }).expect(200);
  const jobs = await app.client.listFailedJobs({ as: staff, query }).expect(200);

  expect(body.transfers).toMatchObject(Object.fromEntries(transfers));
  expect(body.transfers.processing).toBeGreaterThan(0);
  expect(body.openBreaks).toBe(breaks.body.items.length);
  expect(body.openBreaks).toBeGreaterThan(0);
  expect(body.failedJobs).toBe(jobs.body.items.length);
  await app.client.getStaffFigures({ as: await createPerson(app) }).expect(403);
});
