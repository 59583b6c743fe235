import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { Problem } from '#platform/problem';
import { generateServiceKey } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { createTestClock } from '#platform/testing/test-clock';
import type { components } from '#openapi/bff-admin';
import type { operations } from '#openapi/financial';
import { createContext } from '../context.ts';
import { alertBreakGlass } from '../services/break-glass.ts';
import { settleDecision } from '../services/decisions.ts';
import { personClaims, scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';
import { send } from './kit/send.ts';

type Schemas = components['schemas'];
type Financial = Pick<
  operations,
  | 'freezeMoney'
  | 'unfreezeMoney'
  | 'freezePocket'
  | 'bookAdjustment'
  | 'getTrialBalance'
  | 'listLedgerEntries'
  | 'createReconciliation'
  | 'resolveReconciliationBreak'
>;

// In financial's place somebody listens who notes what is asked, and answers `problem` while there is one.
const asked: { operation: string; about: unknown; decisionId: string; staffId: string | undefined }[] = [];
let problem: Problem | undefined;
let financial: { url: string; stop(): Promise<void> };
let portal: Portal;
let owner: pg.Pool;
let own: Awaited<ReturnType<typeof createContext>>;
const clock = createTestClock();

beforeAll(async () => {
  const key = generateServiceKey();
  financial = await startFinancial(key.publicKey);
  const configure = (config: Portal['config']) => ({
    ...config,
    financialUrl: financial.url,
    serviceTokenKey: key.privateKey,
  });
  portal = await startPortal({ clock, configure });
  owner = new pg.Pool({
    connectionString: portal.databases.adminUrl('admin'),
    max: 1,
    options: '-c search_path=admin',
  });
  own = await createContext('test', portal.config, clock);
});
afterAll(async () => {
  for (const resource of own.resources) await resource.close();
  await owner.end();
  await portal.stop();
  await financial.stop();
});
beforeEach(() => {
  asked.length = 0;
  problem = undefined;
});

const femi = { oid: 'a11ce000-0000-4000-8000-000000000104', name: 'Femi', roles: ['FinanceOps'] };
const alice = { oid: 'a11ce000-0000-4000-8000-000000000101', name: 'Alice', roles: ['Admin'] };
const aiko = { oid: 'a11ce000-0000-4000-8000-000000000105', name: 'Aiko', roles: ['Auditor'] };
const marco = { oid: 'a11ce000-0000-4000-8000-000000000102', name: 'Marco', roles: ['Moderator'] };
type Staff = typeof femi;

const reason = 'The account was taken over';
const adjustment = (userId: string) => ({
  account: 'wallet',
  userId,
  direction: 'credit',
  against: 'adjustment',
  amount: { amountMinor: 250, currency: 'EUR' },
});

describe('a proposal', () => {
  test('is carried out by the second person, once, and its one line says who proposed and who approved', async () => {
    const userId = randomUUID();

    const made = await propose(femi, { kind: 'money_freeze', payload: { userId } });
    const approved = await approve(alice, made);
    const again = await approve(alice, made);

    expect(made).toMatchObject({
      status: 'pending',
      target: { type: 'user', id: userId },
      author: { oid: femi.oid },
      decidedBy: null,
    });
    expect(approved).toMatchObject({
      status: 200,
      body: { status: 'executed', decidedBy: { oid: alice.oid }, brokeGlass: false },
    });
    expect(again).toMatchObject({ status: 409, body: { code: 'proposal_closed' } });
    const { decisionId } = approved.body as Schemas['Proposal'];
    expect(asked).toEqual([{ operation: 'freezeMoney', about: { userId }, decisionId, staffId: alice.oid }]);
    expect(await linesAbout(userId)).toMatchObject([
      {
        id: decisionId,
        action: 'money.freeze',
        outcome: 'done',
        reason,
        actor: { oid: alice.oid },
        details: { proposedBy: femi.oid, proposalId: made.id },
      },
    ]);
    expect(await linesAbout(made.id)).toMatchObject([{ action: 'proposal.create', actor: { oid: femi.oid } }]);
  });

  test('is never approved or rejected by who made it', async () => {
    const made = await propose(femi, { kind: 'money_freeze', payload: { userId: randomUUID() } });

    const answers = [await approve(femi, made), await act(femi, made, 'reject')];

    for (const answer of answers) expect(answer).toMatchObject({ status: 403, body: { code: 'self_approval' } });
    expect(asked).toEqual([]);
    expect(await act(femi, made, 'withdraw')).toMatchObject({ status: 200, body: { status: 'withdrawn', note: 'No' } });
    expect(await approve(alice, made)).toMatchObject({ status: 409, body: { code: 'proposal_closed' } });
  });

  test('is approved by people: whoever has the secret of an application may be who made it', async () => {
    const made = await propose(femi, { kind: 'money_freeze', payload: { userId: randomUUID() } });
    const app = { ...alice, isApp: true };

    expect(await approve(app, made)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(asked).toEqual([]);
    expect(await act(app, made, 'reject')).toMatchObject({ status: 200, body: { status: 'rejected' } });
  });

  test('is bound to what was proposed: by its hash, and whatever is done to the table', async () => {
    const userId = randomUUID();
    const made = await propose(femi, {
      kind: 'refund',
      payload: { userId, amount: { currency: 'EUR', amountMinor: 5 } },
    });
    const canonical = `{"amount":{"amountMinor":5,"currency":"EUR"},"userId":"${userId}"}`;
    const other = createHash('sha256').update('{}').digest('hex');

    const wrong = await approve(alice, { ...made, payloadHash: other });
    await owner.query(
      `update proposal set payload = jsonb_set(payload, '{amount,amountMinor}', '5000000') where id = $1`,
      [made.id],
    );
    const changed = await approve(alice, made);
    const asProcess = own.ctx.db.$executeRaw`UPDATE proposal SET payload = '{}' WHERE id = ${made.id}::uuid`;

    expect(made.payloadHash).toBe(createHash('sha256').update(canonical).digest('hex'));
    for (const answer of [wrong, changed])
      expect(answer).toMatchObject({ status: 409, body: { code: 'proposal_changed' } });
    await expect(asProcess).rejects.toThrow('permission denied');
    const bySelf = own.ctx.db.$executeRaw`
      UPDATE proposal SET status = 'executed', decided_by_oid = author_oid, decided_at = now() WHERE id = ${made.id}::uuid`;
    await expect(bySelf).rejects.toThrow('proposal_four_eyes');
    expect(asked).toEqual([]);
  });

  test('waits for 24 hours', async () => {
    const made = await propose(femi, { kind: 'pocket_freeze', payload: { pocketId: randomUUID() } });

    clock.advance(24 * 3_600_000);
    const late = await approve(alice, made);

    expect(late).toMatchObject({ status: 410, body: { code: 'proposal_expired' } });
    expect(await call(aiko, 'get', `v1/proposals/${made.id}`)).toMatchObject({
      status: 200,
      body: { status: 'expired' },
    });
    const ids = async (status: string) => {
      const { body } = await call(alice, 'get', `v1/proposals?status=${status}&limit=100`);
      return (body as Schemas['ProposalPage']).items.map(({ id }) => id);
    };
    expect(await ids('expired')).toContain(made.id);
    expect(await ids('pending')).not.toContain(made.id);
  });

  test('runs once when ten approve it at the same time', async () => {
    const made = await propose(femi, { kind: 'ledger_adjustment', payload: adjustment(randomUUID()) });

    const answers = await Promise.all(Array.from({ length: 10 }, () => approve(alice, made)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    expect(asked.map(({ operation }) => operation)).toEqual(['bookAdjustment']);
  });

  test('that the other service refuses has failed, and says why', async () => {
    const made = await propose(femi, { kind: 'ledger_adjustment', payload: adjustment(randomUUID()) });
    problem = new Problem('insufficient_funds');

    const answer = await approve(alice, made);

    expect(answer).toMatchObject({ status: 200, body: { status: 'failed', failureCode: 'insufficient_funds' } });
  });

  test('whose outcome nobody told is carried through later, under the same decision', async () => {
    const userId = randomUUID();
    const made = await propose(femi, { kind: 'money_freeze', payload: { userId } });
    problem = new Problem('overloaded');

    const unknown = await approve(alice, made);
    problem = undefined;
    const { decisionId } = unknown.body as { decisionId: string };
    const meanwhile = await propose(femi, { kind: 'money_unfreeze', payload: { userId } });
    const tooEarly = await approve(alice, meanwhile);
    await settleDecision(own.ctx, decisionId);
    await settleDecision(own.ctx, decisionId);

    expect(unknown).toMatchObject({ status: 202, body: { status: 'executing' } });
    expect(tooEarly).toMatchObject({ status: 409, body: { code: 'decision_open' } });
    expect(await call(aiko, 'get', `v1/proposals/${made.id}`)).toMatchObject({ body: { status: 'executed' } });
    expect(asked.map((one) => [one.operation, one.decisionId])).toEqual([['freezeMoney', decisionId]]);
    expect(await approve(alice, meanwhile)).toMatchObject({ status: 200, body: { status: 'executed' } });
  });

  test('is made once for an idempotency key', async () => {
    const userId = randomUUID();
    const headers = { 'idempotency-key': randomUUID() };
    const json = { reason };

    const first = await call(femi, 'post', `v1/users/${userId}/money-freeze`, { json, headers });
    const again = await call(femi, 'post', `v1/users/${userId}/money-freeze`, { json, headers });
    const other = await call(femi, 'post', `v1/users/${userId}/money-freeze`, { json: { reason: 'Another' }, headers });
    const lift = await call(femi, 'post', `v1/users/${userId}/money-unfreeze`, { json, headers });

    expect(first).toMatchObject({ status: 202, body: { kind: 'money_freeze', status: 'pending' } });
    expect(again).toEqual(first);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(lift).toMatchObject({ status: 202, body: { kind: 'money_unfreeze' } });
    expect(asked).toEqual([]);
  });

  test('of who works in which queue is for Admin alone, and is done here', async () => {
    const payload = { queue: 'spam', oid: marco.oid, action: 'add' };
    const bob = { ...alice, oid: 'a11ce000-0000-4000-8000-000000000106' };
    const forbidden = await call(femi, 'post', 'v1/proposals', { json: { kind: 'queue_scope', payload, reason } });
    const made = await propose(alice, { kind: 'queue_scope', payload });

    expect(forbidden.status).toBe(403);
    expect((await approve(femi, made)).status).toBe(403);
    expect(await approve(bob, made)).toMatchObject({ status: 200, body: { status: 'executed' } });
    expect(await own.ctx.db.queueMember.findMany({ where: { oid: marco.oid } })).toMatchObject([{ queue: 'spam' }]);
  });
});

const badProposals: [string, unknown][] = [
  ['of no kind', { payload: {}, reason }],
  ['of an unknown kind', { kind: 'print_money', payload: {}, reason }],
  ['without a reason', { kind: 'money_freeze', payload: { userId: randomUUID() } }],
  ['with the payload of another kind', { kind: 'money_freeze', payload: { pocketId: randomUUID() }, reason }],
  ['with more in its payload', { kind: 'money_freeze', payload: { userId: randomUUID(), until: 'x' }, reason }],
  [
    'of nothing',
    { kind: 'refund', payload: { userId: randomUUID(), amount: { amountMinor: 0, currency: 'EUR' } }, reason },
  ],
  [
    'of a fraction',
    { kind: 'refund', payload: { userId: randomUUID(), amount: { amountMinor: 1.5, currency: 'EUR' } }, reason },
  ],
  [
    'of suspense against itself',
    {
      kind: 'ledger_adjustment',
      payload: { ...adjustment(randomUUID()), account: 'suspense', against: 'suspense' },
      reason,
    },
  ],
];
test.each(badProposals)('refuses a proposal %s', async (_what, json) => {
  expect((await call(femi, 'post', 'v1/proposals', { json })).status).toBe(400);
});

test('knows no proposal that is not there', async () => {
  const made = { id: randomUUID(), payloadHash: '0'.repeat(64) };

  const answers = [
    await approve(alice, made),
    await act(alice, made, 'reject'),
    await call(aiko, 'get', `v1/proposals/${made.id}`),
  ];

  for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test('a sum that was booked by hand stands in the history of the person for those alone who may see money', async () => {
  const userId = randomUUID();
  const made = await propose(femi, { kind: 'ledger_adjustment', payload: adjustment(userId) });
  expect(await approve(alice, made)).toMatchObject({ status: 200 });

  const historyFor = async (role: string) => {
    const { body } = await call({ ...aiko, roles: [role] }, 'get', `v1/users/${userId}`);
    return (body as Schemas['UserScreen']).sections.audit.data?.items ?? [];
  };

  for (const role of ['FinanceOps', 'Auditor'])
    expect(await historyFor(role)).toContainEqual(expect.objectContaining({ action: 'ledger.adjust' }));
  for (const role of ['Support', 'Moderator', 'Admin']) {
    const lines = await historyFor(role);
    expect(lines).toContainEqual(expect.objectContaining({ action: 'user.view' }));
    expect(JSON.stringify(lines)).not.toContain('amountMinor');
  }
});

describe('breaking the glass', () => {
  test('lets one person act alone, once, alerts, and is reviewed by another', async () => {
    const userId = randomUUID();

    const grant = await breakGlass(femi, userId);
    const early = await review(alice, grant);
    const byAnother = await executeAlone(alice, grant);
    const used = await executeAlone(femi, grant);
    const again = await executeAlone(femi, grant);

    expect(grant).toMatchObject({ status: 'active', usedAt: null, review: null });
    expect(early).toMatchObject({ status: 409, body: { code: 'break_glass_active' } });
    expect(byAnother).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(used).toMatchObject({
      status: 200,
      body: { status: 'used', proposal: { status: 'executed', brokeGlass: true } },
    });
    expect(again).toMatchObject({ status: 409, body: { code: 'proposal_closed' } });
    expect(asked).toMatchObject([{ operation: 'freezeMoney', about: { userId }, staffId: femi.oid }]);
    expect(await linesAbout(grant.id)).toMatchObject([{ action: 'break_glass.open', details: { minutes: 15 } }]);
    expect(await alertsOf(grant)).toMatchObject([{ level: 50, breakGlassId: grant.id, authorOid: femi.oid }]);

    expect(await review(femi, grant)).toMatchObject({ status: 403, body: { code: 'self_approval' } });
    expect(await review(alice, grant)).toMatchObject({
      status: 200,
      body: { review: { by: { oid: alice.oid }, verdict: 'justified' } },
    });
    expect(await review(alice, grant)).toMatchObject({ status: 409, body: { code: 'proposal_closed' } });
    const { body } = await call(aiko, 'get', 'v1/break-glass?reviewed=false&limit=100');
    expect((body as Schemas['BreakGlassPage']).items.map(({ id }) => id)).not.toContain(grant.id);
  });

  test('is used once, however often at the same time, and not with another hash', async () => {
    const grant = await breakGlass(femi, randomUUID());
    const other = { ...grant, proposal: { ...grant.proposal, payloadHash: '0'.repeat(64) } };

    const wrong = await executeAlone(femi, other);
    const answers = await Promise.all(Array.from({ length: 5 }, () => executeAlone(femi, grant)));

    expect(wrong).toMatchObject({ status: 409, body: { code: 'proposal_changed' } });
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(asked).toHaveLength(1);
  });

  test('ends after its minutes, and when another rejects it', async () => {
    const [late, stopped] = [await breakGlass(femi, randomUUID()), await breakGlass(femi, randomUUID())];

    await act(alice, stopped.proposal, 'reject');
    const rejected = await executeAlone(femi, stopped);
    clock.advance(15 * 60_000);
    const expired = await executeAlone(femi, late);

    expect(rejected).toMatchObject({ status: 409, body: { code: 'proposal_closed' } });
    expect(expired).toMatchObject({ status: 410, body: { code: 'proposal_expired' } });
    expect(asked).toEqual([]);
  });

  test.each([0, 61, 1.5])('is not for %d minutes', async (minutes) => {
    const json = { kind: 'money_freeze', payload: { userId: randomUUID() }, reason, minutes };

    expect((await call(femi, 'post', 'v1/break-glass', { json })).status).toBe(400);
  });
});

describe('the books', () => {
  test('are shown to FinanceOps and Auditor, and a look at an account is written down', async () => {
    const accountId = randomUUID();

    const trial = await call(aiko, 'get', 'v1/ledger/trial-balance');
    const entries = await call(femi, 'get', `v1/ledger/accounts/${accountId}/entries`);

    expect(trial).toMatchObject({ status: 200, body: { currencies: [] } });
    expect(entries).toMatchObject({ status: 200, body: { account: { id: accountId } } });
    expect((await call(alice, 'get', 'v1/ledger/trial-balance')).status).toBe(403);
    expect(await linesAbout(accountId)).toMatchObject([{ action: 'ledger_account.view', actor: { oid: femi.oid } }]);
  });

  test('are written down as looked at also when financial does not answer', async () => {
    const accountId = randomUUID();
    problem = new Problem('overloaded');

    const answer = await call(femi, 'get', `v1/ledger/accounts/${accountId}/entries`);

    expect(answer.status).toBe(503);
    expect(await linesAbout(accountId)).toHaveLength(1);
  });

  test('are reconciled when asked for, under the id of the decision', async () => {
    const answer = await call(femi, 'post', 'v1/reconciliations', { json: {} });

    const [decision] = asked;
    expect(answer).toMatchObject({
      status: 202,
      body: { outcome: 'done', decisionId: decision?.decisionId, reconciliation: { id: decision?.decisionId } },
    });
    const today = clock.now().toISOString().slice(0, 10);
    expect(decision).toMatchObject({ operation: 'createReconciliation', about: { to: today } });
  });

  test('keep a break that is not open as it is', async () => {
    const breakId = randomUUID();
    problem = new Problem('break_not_open');

    const answer = await call(femi, 'post', `v1/reconciliation-breaks/${breakId}/resolve`, {
      json: { note: 'Corrected' },
    });

    expect(answer).toMatchObject({ status: 409, body: { code: 'break_not_open' } });
    expect(await linesAbout(breakId)).toMatchObject([
      { action: 'reconciliation_break.resolve', outcome: 'refused', reason: 'Corrected' },
    ]);
  });
});

async function propose(staff: Staff, proposed: { kind: string; payload: unknown }): Promise<Schemas['Proposal']> {
  const { status, body } = await call(staff, 'post', 'v1/proposals', { json: { ...proposed, reason } });
  expect(status).toBe(202);
  return body as Schemas['Proposal'];
}

function approve(staff: Staff, { id, payloadHash }: Pick<Schemas['Proposal'], 'id' | 'payloadHash'>) {
  return call(staff, 'post', `v1/proposals/${id}/approve`, { json: { payloadHash } });
}

function act(staff: Staff, { id }: { id: string }, what: 'reject' | 'withdraw') {
  return call(staff, 'post', `v1/proposals/${id}/${what}`, { json: { reason: 'No' } });
}

async function breakGlass(staff: Staff, userId: string): Promise<Schemas['BreakGlass']> {
  const json = { kind: 'money_freeze', payload: { userId }, reason, minutes: 15 };
  const { status, body } = await call(staff, 'post', 'v1/break-glass', { json });
  expect(status).toBe(201);
  return body as Schemas['BreakGlass'];
}

function executeAlone(staff: Staff, { id, proposal: { payloadHash } }: Schemas['BreakGlass']) {
  return call(staff, 'post', `v1/break-glass/${id}/execute`, { json: { payloadHash } });
}

function review(staff: Staff, { id }: Schemas['BreakGlass']) {
  return call(staff, 'post', `v1/break-glass/${id}/review`, {
    json: { verdict: 'justified', note: 'The bank confirms' },
  });
}

/** What the job that came with a grant says in the log. */
async function alertsOf({ id: breakGlassId }: Schemas['BreakGlass']): Promise<unknown[]> {
  const { rows } = await owner.query<{ payload: { breakGlassId: string } }>(
    `select payload from admin_jobs._private_jobs job join admin_jobs._private_tasks task on task.id = job.task_id
     where task.identifier = 'alertBreakGlass' and payload ->> 'breakGlassId' = $1`,
    [breakGlassId],
  );
  const lines: unknown[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  for (const { payload } of rows) await alertBreakGlass({ db: own.ctx.db, log }, payload.breakGlassId);
  return lines;
}

async function linesAbout(targetId: string): Promise<Schemas['AuditEvent'][]> {
  const { body } = await call(aiko, 'get', `v1/audit-events?targetId=${targetId}`);
  return (body as { items: Schemas['AuditEvent'][] }).items;
}

interface Parts {
  json?: unknown;
  headers?: Record<string, string>;
}

async function call(
  { oid, name, roles, isApp = false }: Staff & { isApp?: boolean },
  method: 'get' | 'post',
  path: string,
  parts: Parts = {},
) {
  // The clock of the portal runs ahead by days here.
  const claims = { oid, name, roles, exp: Math.floor(clock.now().getTime() / 1000) + 3600 };
  const token = await portal.entra.sign(isApp ? scriptClaims({ ...claims, sub: oid }) : personClaims(claims));
  const { status, body } = await send<unknown>(portal, token, method, path, parts);
  return { status, body };
}

function startFinancial(publicKey: ReturnType<typeof generateServiceKey>['publicKey']) {
  const note = (operation: string, about: unknown, decisionId: string, { staffId }: { staffId?: string }) => {
    if (problem) throw problem;
    asked.push({ operation, about, decisionId, staffId });
  };
  const freeze =
    (operation: string) =>
    (call: { path: unknown; body: { decisionId: string; reason: string }; caller: { staffId?: string } }) => {
      note(operation, call.path, call.body.decisionId, call.caller);
      const since = clock.now().toISOString();
      return { status: 200 as const, body: { frozen: true, ...call.body, since } };
    };
  const at = () => clock.now().toISOString();
  return startStandIn<Financial>({
    name: 'financial',
    trust: { 'bff-admin': publicKey },
    handlers: {
      freezeMoney: freeze('freezeMoney'),
      unfreezeMoney: freeze('unfreezeMoney'),
      freezePocket: freeze('freezePocket'),
      bookAdjustment: ({ body: { decisionId, kind, adjustment: about }, caller }) => {
        note('bookAdjustment', about, decisionId, caller);
        return { status: 200, body: { decisionId, transactionId: randomUUID(), kind, bookedAt: at() } };
      },
      getTrialBalance: () => ({ status: 200, body: { currencies: [], asOf: at() } }),
      listLedgerEntries: ({ path: { ledgerAccountId: id } }) => {
        if (problem) throw problem;
        const account = {
          id,
          kind: 'wallet',
          currency: 'EUR',
          status: 'open',
          ownerId: randomUUID(),
          balanceMinor: 0,
          reservedMinor: 0,
          entries: 0,
        } as const;
        return { status: 200, body: { account, items: [], nextCursor: null } };
      },
      createReconciliation: ({ body: { decisionId = '', ...days }, caller }) => {
        note('createReconciliation', days, decisionId, caller);
        const found = { checked: 0, matched: 0, inFlight: 0, breaks: 0, reason: null, finishedAt: null };
        return {
          status: 202,
          body: {
            id: decisionId,
            ...days,
            startedBy: 'staff',
            staffId: caller.staffId,
            status: 'running',
            ...found,
            startedAt: at(),
          },
        };
      },
      resolveReconciliationBreak: () => {
        throw problem ?? new Problem('not_found');
      },
    },
  });
}
