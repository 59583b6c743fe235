import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { components } from '#openapi/bff-admin';
import type { components as Social } from '#openapi/social';
import { newId } from '#platform/ids';
import { Problem } from '#platform/problem';
import type { ProblemCode } from '#platform/problem';
import { startStandIn } from '#platform/testing/stand-in';
import { generateServiceKey } from '#platform/testing/service-keys';
import { createTestClock } from '#platform/testing/test-clock';
import type { operations } from '#openapi/social';
import { createContext } from '../context.ts';
import { takeOverReports } from '../services/report-intake.ts';
import { personClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';
import { send } from './kit/send.ts';

type Schemas = components['schemas'];
type OpenReport = Social['schemas']['OpenReport'];

const clock = createTestClock();
const hour = 3_600_000;
/** What social holds, what it was asked, and how it refuses. */
const social = { open: [] as OpenReport[], asked: [] as string[], refusal: undefined as ProblemCode | undefined };
let portal: Portal;
let standIn: Awaited<ReturnType<typeof startSocial>>;

beforeAll(async () => {
  const key = generateServiceKey();
  standIn = await startSocial(key.publicKey);
  const configure = (config: Portal['config']) => ({
    ...config,
    socialUrl: standIn.url,
    serviceTokenKey: key.privateKey,
  });
  portal = await startPortal({ clock, configure });
});
afterAll(async () => {
  await portal.stop();
  await standIn.stop();
});

const [marco, mona, alice, adam] = ['Marco', 'Mona', 'Alice', 'Adam'].map((name) => ({
  oid: randomUUID(),
  name,
  roles: name.startsWith('M') ? ['Moderator'] : ['Admin'],
})) as [Staff, Staff, Staff, Staff];

test('reports of one subject are one case, in the queue that the rules say, known by the id of each', async () => {
  const [first, second] = [report({ category: 'spam' }), report({ category: 'other' })];
  second.subject = first.subject;
  const urgent = report({ category: 'self_harm' });

  const { body } = await call<Page>(marco, 'get', 'v1/reports');
  const [byFirst, bySecond] = await Promise.all(
    [first, second].map(({ id }) => call<Screen>(marco, 'get', `v1/reports/${id}`)),
  );

  expect(body.items.map(({ id }) => id)).toEqual([urgent.id, first.id]);
  expect(body.items).toMatchObject([
    { status: 'open', queue: 'safety', priority: 'urgent', reports: 1, overdue: false },
    { status: 'open', queue: 'spam', priority: 'normal', reports: 2, categories: ['other', 'spam'], assignee: null },
  ]);
  expect(byFirst?.body).toMatchObject({
    id: first.id,
    subject: first.subject,
    sections: { sanctions: { data: { strikes: 1 } } },
  });
  expect(bySecond?.body.id).toBe(first.id);
  expect(await auditOf(first.id)).toEqual(expect.arrayContaining([['report.view', 'done', 'Marco']]));
});

test('a worse report hurries a case that waits, and leaves one alone that somebody has', async () => {
  const [waiting, claimed] = [report({ category: 'spam' }), report({ category: 'spam' })];
  await call(marco, 'post', `v1/reports/${claimed.id}/claim`);
  for (const { subject } of [waiting, claimed]) report({ category: 'violence', subject });
  await call(marco, 'get', 'v1/reports');

  expect((await screenOf(waiting.id)).body).toMatchObject({
    queue: 'safety',
    priority: 'urgent',
    history: [{ kind: 'rerouted' }, {}, {}],
  });
  expect((await screenOf(claimed.id)).body).toMatchObject({
    queue: 'spam',
    priority: 'urgent',
    assignee: { name: 'Marco' },
  });
});

test('of two who claim at once one gets it; who has it gives it back, and so does Admin', async () => {
  const { id } = report();

  const answers = await Promise.all([marco, mona].map((who) => call(who, 'post', `v1/reports/${id}/claim`)));
  const holder = answers[0]?.status === 200 ? marco : mona;
  const other = holder === marco ? mona : marco;

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await codeOf(call(holder, 'post', `v1/reports/${id}/claim`))).toEqual([409, 'report_claimed']);
  expect(await codeOf(call(other, 'post', `v1/reports/${id}/release`))).toEqual([409, 'report_not_claimed']);
  expect(await codeOf(call(other, 'post', `v1/reports/${id}/escalate`, { reason: 'x' }))).toEqual([
    409,
    'report_claimed',
  ]);
  expect(await codeOf(decide(other, id))).toEqual([409, 'report_claimed']);
  expect((await call(alice, 'post', `v1/reports/${id}/release`)).body).toMatchObject({
    status: 'open',
    assignee: null,
  });
  expect(await codeOf(call(holder, 'post', `v1/reports/${id}/release`))).toEqual([409, 'report_not_claimed']);
  expect((await call(other, 'post', `v1/reports/${id}/escalate`, { reason: 'Police?' })).body).toMatchObject({
    status: 'open',
    queue: 'escalations',
    escalated: true,
  });
  expect(await codeOf(call(other, 'post', `v1/reports/${id}/escalate`, { reason: 'x' }))).toEqual([
    409,
    'report_escalated',
  ]);
  expect((await auditOf(id)).map(([action]) => action)).toEqual(['report.escalate', 'report.release', 'report.claim']);
});

test('a note is written once for a key, and stays in the history', async () => {
  const { id } = report();
  const headers = { 'idempotency-key': randomUUID() };
  const text = { text: 'The same link as in the spring.' };

  const first = await call<Schemas['CaseEvent']>(marco, 'post', `v1/reports/${id}/notes`, text, headers);
  const again = await call<Schemas['CaseEvent']>(marco, 'post', `v1/reports/${id}/notes`, text, headers);

  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.body).toEqual(first.body);
  expect(await codeOf(call(marco, 'post', `v1/reports/${id}/notes`, { text: 'Other' }, headers))).toEqual([
    422,
    'idempotency_key_reused',
  ]);
  expect((await screenOf(id)).body.history.map(({ kind }) => kind)).toEqual(['noted', 'reported']);
});

test('a decision is carried out once and closes the case; a report that comes later opens it again with its history', async () => {
  const { id, subject } = report();

  const answers = await Promise.all([decide(marco, id), decide(marco, id), decide(mona, id)]);
  const decided = await screenOf(id);
  const after = await codeOf(decide(marco, id, 'warn'));
  report({ subject, category: 'fraud' });
  await call(marco, 'get', 'v1/reports');
  const reopened = await screenOf(id);

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  expect(social.asked.filter((one) => one.includes(subject.id))).toEqual([`remove_content ${subject.id}`]);
  expect(decided.body).toMatchObject({ status: 'decided', outcome: 'removed', deciding: false });
  expect(decided.body.history[0]).toMatchObject({
    kind: 'decided',
    details: { action: 'remove_content', ruleIds: ['no_spam'] },
  });
  expect(after).toEqual([409, 'report_closed']);
  expect(reopened.body).toMatchObject({ status: 'open', outcome: null, assignee: null, queue: 'fraud', reports: 2 });
  expect(reopened.body.history.map(({ kind }) => kind)).toEqual(['reopened', 'reported', 'decided', 'reported']);
  expect(await auditOf(id)).toEqual(expect.arrayContaining([['report.decide', 'done', expect.any(String)]]));
});

test('what social refuses leaves the case with whoever decided; when nothing is left, it is closed as gone', async () => {
  const [kept, gone] = [report(), report()];

  social.refusal = 'content_gone';
  const refused = await codeOf(decide(marco, kept.id));
  social.refusal = 'not_found';
  const missing = await codeOf(decide(marco, gone.id));
  social.refusal = undefined;

  expect([refused, missing]).toEqual([
    [409, 'content_gone'],
    [404, 'not_found'],
  ]);
  expect((await screenOf(kept.id)).body).toMatchObject({
    status: 'claimed',
    assignee: { name: 'Marco' },
    history: [{ kind: 'refused' }, {}],
  });
  expect((await screenOf(gone.id)).body).toMatchObject({ status: 'decided', outcome: 'gone' });
  expect((await decide(marco, kept.id, 'warn')).status).toBe(200);
});

test('while the outcome is not known, nobody else touches the case', async () => {
  const { id } = report();
  await call(marco, 'get', 'v1/reports');

  social.refusal = 'overloaded';
  const pending = await decide(marco, id);
  social.refusal = undefined;

  expect(pending).toMatchObject({ status: 202, body: { reportId: id, outcome: 'pending' } });
  expect((await screenOf(id)).body).toMatchObject({ status: 'claimed', deciding: true });
  expect(await codeOf(call(alice, 'post', `v1/reports/${id}/release`))).toEqual([409, 'decision_open']);
  expect(await codeOf(decide(marco, id))).toEqual([409, 'decision_open']);
});

test('what was held against a person stands in their own history, also when a report led to it', async () => {
  const [one, dismissed] = [report({ type: 'user' }), report({ type: 'user' })];
  const decided = await call<{ decisionId: string }>(marco, 'post', `v1/reports/${one.id}/decision`, { ...verdict('suspend'), until: at(hour) }); // prettier-ignore
  await decide(marco, dismissed.id, 'dismiss');

  const history = (userId: string) =>
    call<{ items: Schemas['AuditEvent'][] }>(alice, 'get', `v1/audit-events?targetType=user&targetId=${userId}`);
  const { items } = (await history(one.subjectOwnerId)).body;

  expect(items).toMatchObject([
    {
      action: 'user.sanction',
      outcome: 'done',
      reason: 'Spam in replies',
      actor: { name: 'Marco' },
      details: { kind: 'suspended', decisionId: decided.body.decisionId, reportId: one.id, ruleIds: ['no_spam'] },
    },
  ]);
  expect((await history(dismissed.subjectOwnerId)).body.items).toEqual([]);
});

test('reports are taken over by several at the same moment', async () => {
  const { id } = report();
  const { ctx, resources } = await createContext('intake-test', portal.config, clock);

  await Promise.all([takeOverReports(ctx), takeOverReports(ctx), takeOverReports(ctx)]);
  await Promise.all(resources.map((resource) => resource.close()));

  expect((await screenOf(id)).body).toMatchObject({ id, history: [{ kind: 'reported' }] });
});

test('many are decided at once, with a result for each', async () => {
  const [one, other, held, person] = [report(), report(), report(), report({ type: 'user' })];
  await call(mona, 'post', `v1/reports/${held.id}/claim`);
  const reportIds = [one.id, held.id, other.id, person.id, newId(), newId()];

  const { status, body } = await call<{ items: Schemas['BulkDecisionItem'][] }>(
    marco,
    'post',
    'v1/reports/bulk-decision',
    {
      reportIds,
      ...verdict('remove_content'),
    },
  );

  expect(status).toBe(207);
  expect(body.items.map((item) => [item.reportId, item.status, item.problem?.code ?? item.outcome])).toEqual([
    [one.id, 200, 'done'],
    [held.id, 409, 'report_claimed'],
    [other.id, 200, 'done'],
    [person.id, 422, 'not_removable'],
    [reportIds[4], 404, 'not_found'],
    [reportIds[5], 404, 'not_found'],
  ]);
  expect((await call(marco, 'post', 'v1/reports/bulk-decision', { reportIds: Array.from({ length: 101 }, () => newId()), ...verdict() })).status).toBe(400); // prettier-ignore
});

test('reports of somebody who is not listened to are kept out of the queues until another joins them', async () => {
  const reporterId = newId();
  await call(marco, 'put', `v1/muted-reporters/${reporterId}`, { reason: 'Reports everybody' });
  const muted = report({ reporterId });

  const queue = await call<Page>(marco, 'get', 'v1/reports?limit=100');
  const kept = await call<Page>(marco, 'get', 'v1/reports?status=muted');
  const people = await call<{ items: { userId: string }[] }>(marco, 'get', 'v1/muted-reporters');
  const leap = await call(marco, 'put', `v1/muted-reporters/${reporterId}`, {
    reason: 'x',
    until: '2099-06-30T23:59:60Z',
  });
  report({ subject: muted.subject });
  const joined = await call<Page>(marco, 'get', 'v1/reports?limit=100');
  const unmuted = await call(marco, 'delete', `v1/muted-reporters/${reporterId}`);
  const heard = report({ reporterId });

  expect(queue.body.items.map(({ id }) => id)).not.toContain(muted.id);
  expect(kept.body.items.map(({ id }) => id)).toEqual([muted.id]);
  expect(people.body.items.map(({ userId }) => userId)).toEqual([reporterId]);
  expect(leap.status).toBe(400);
  expect(joined.body.items).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: muted.id, status: 'open', reports: 2 })]),
  );
  expect([unmuted.status, (await call(marco, 'delete', `v1/muted-reporters/${reporterId}`)).status]).toEqual([
    204, 404,
  ]);
  expect((await screenOf(heard.id)).body.status).toBe('open');
  expect(await auditOf(reporterId)).toEqual([
    ['reporter.unmute', 'done', 'Marco'],
    ['reporter.mute', 'done', 'Marco'],
  ]);
});

test('a decided case is not opened again by somebody who is not listened to', async () => {
  const reporterId = newId();
  const { id, subject } = report();
  await decide(marco, id, 'dismiss');
  await call(marco, 'put', `v1/muted-reporters/${reporterId}`, { reason: 'Reports everybody', until: at(hour) });

  report({ subject, reporterId });
  await call(marco, 'get', 'v1/reports');
  const quiet = await screenOf(id);
  clock.advance(2 * hour);
  report({ subject, reporterId });
  await call(marco, 'get', 'v1/reports');

  expect(quiet.body).toMatchObject({ status: 'decided', reports: 2 });
  expect((await screenOf(id)).body).toMatchObject({ status: 'open', reports: 3 });
});

test('each queue says what waits and for how much of it the time is up, and the list finds as many', async () => {
  const { id } = report({ category: 'harassment' });
  await call(marco, 'get', 'v1/reports');

  const early = await abuse();
  clock.advance(9 * hour);
  const late = await abuse();
  const list = await call<Page>(marco, 'get', 'v1/reports?queue=abuse&overdue=true&limit=100');

  expect(late.overdue).toBeGreaterThan(early.overdue);
  expect(list.body.items).toHaveLength(late.overdue);
  expect(list.body.items).toEqual(expect.arrayContaining([expect.objectContaining({ id, overdue: true })]));
});

test('a moderator of one queue sees and decides what is in it, and nothing else; it takes two to say so', async () => {
  const [spam, fraud] = [report({ category: 'spam' }), report({ category: 'fraud' })];
  await call(marco, 'get', 'v1/reports');
  const vera = { oid: randomUUID(), name: 'Vera', roles: ['Moderator'] };
  const proposed = await call<Schemas['Proposal']>(alice, 'put', `v1/queues/spam/members/${vera.oid}`, {
    reason: 'New',
  });
  const { id, payloadHash } = proposed.body;
  const before = await call<Page>(vera, 'get', 'v1/reports?limit=100');
  const own = await codeOf(call(alice, 'post', `v1/proposals/${id}/approve`, { payloadHash }));
  const approved = await call(adam, 'post', `v1/proposals/${id}/approve`, { payloadHash });

  const after = await call<Page>(vera, 'get', 'v1/reports?limit=100');

  expect([proposed.status, approved.status, own]).toEqual([202, 200, [403, 'self_approval']]);
  expect(new Set(before.body.items.map(({ queue }) => queue)).size).toBeGreaterThan(1);
  expect(new Set(after.body.items.map(({ queue }) => queue))).toEqual(new Set(['spam']));
  expect((await call<{ items: { queue: string }[] }>(vera, 'get', 'v1/queues')).body.items).toMatchObject([
    { queue: 'spam', members: [vera.oid] },
  ]);
  expect(await codeOf(call(vera, 'get', `v1/reports/${fraud.id}`))).toEqual([404, 'not_found']);
  expect(await codeOf(call(vera, 'post', `v1/reports/${fraud.id}/claim`))).toEqual([404, 'not_found']);
  expect(await codeOf(decide(vera, fraud.id))).toEqual([404, 'not_found']);
  expect(await codeOf(call(vera, 'get', 'v1/appeals'))).toEqual([403, 'forbidden']);
  expect(await codeOf(call(vera, 'post', `v1/posts/${fraud.subject.id}/remove`, { reason: 'x' }))).toEqual([
    403,
    'forbidden',
  ]);
  const reason = { reason: 'x' };
  for (const what of ['suspend', 'restore'])
    expect(await codeOf(call(vera, 'post', `v1/users/${fraud.subjectOwnerId}/${what}`, reason))).toEqual([403, 'forbidden']); // prettier-ignore
  for (const method of ['put', 'delete'] as const)
    expect(await codeOf(call(vera, method, `v1/muted-reporters/${newId()}`, method === 'put' ? reason : undefined))).toEqual([403, 'forbidden']); // prettier-ignore
  expect((await decide(vera, spam.id)).status).toBe(200);
});

test('pages by what is due first, and gives what is here while social is dead', async () => {
  for (let made = 0; made < 3; made += 1) report({ category: 'other' });
  const all = await call<Page>(marco, 'get', 'v1/reports?limit=100');

  social.refusal = 'overloaded';
  const first = await call<Page>(marco, 'get', 'v1/reports?limit=2');
  const rest = await call<Page>(marco, 'get', `v1/reports?limit=100&cursor=${first.body.nextCursor ?? ''}`);
  social.refusal = undefined;

  expect([...first.body.items, ...rest.body.items].map(({ id }) => id)).toEqual(all.body.items.map(({ id }) => id));
  const due = all.body.items.map(({ dueAt }) => dueAt);
  expect(due).toEqual([...due].sort());
});

test.each([
  ['no action', { reason: 'x' }],
  ['an unknown action', { action: 'ban', reason: 'x' }],
  ['an unknown field', { action: 'warn', reason: 'x', forever: true }],
  ['a blank reason', { action: 'warn', reason: ' ' }],
  ['an end in the past', { action: 'suspend', reason: 'x', until: '2020-01-01T00:00:00Z' }],
])('refuses a decision with %s', async (_what, body) => {
  const { id } = report();

  expect(await codeOf(call(marco, 'post', `v1/reports/${id}/decision`, body))).toEqual([400, 'invalid_request']);
});

interface Staff {
  oid: string;
  name: string;
  roles: string[];
}
type Page = { items: Schemas['ReportCase'][]; nextCursor: string | null };
type Screen = Schemas['ReportScreen'];
type Action = Social['schemas']['ReportAction'];

interface NewReport {
  category?: OpenReport['category'];
  type?: OpenReport['subject']['type'];
  subject?: OpenReport['subject'];
  reporterId?: string;
}

/** Somebody reports something: it waits at social. Each at a moment of its own. */
function report({ category = 'spam', type = 'post', subject, reporterId = newId() }: NewReport = {}): OpenReport {
  clock.advance(1);
  const now = clock.now();
  const made = {
    id: newId(now),
    reporterId,
    subject: subject ?? { type, id: newId() },
    subjectOwnerId: newId(),
    category,
    createdAt: now.toISOString(),
  };
  social.open.push(made);
  return made;
}

function startSocial(publicKey: Parameters<typeof startStandIn>[0]['trust'][string]) {
  const refuse = () => {
    if (social.refusal) throw new Problem(social.refusal);
  };
  return startStandIn<Pick<operations, Used>>({
    name: 'social',
    trust: { 'bff-admin': publicKey },
    handlers: {
      listOpenReports: ({ query: { subjectId } }) => {
        if (social.refusal === 'overloaded') refuse();
        const items = social.open.filter(({ subject }) => subjectId === undefined || subject.id === subjectId);
        return { status: 200, body: { items: items.slice(-100), nextCursor: null } };
      },
      decideReports: ({ path: { subjectType: type, subjectId: id }, body: { decisionId, action } }) => {
        refuse();
        social.open = social.open.filter(({ subject }) => subject.id !== id);
        social.asked.push(`${action} ${id}`);
        return { status: 200, body: { decisionId, action, subject: { type, id } } };
      },
      getPostForStaff: () => {
        throw new Problem('not_found');
      },
      listReportsForStaff: () => ({ status: 200, body: { items: [], nextCursor: null } }),
      listSanctionsForStaff: () => ({ status: 200, body: { items: sanctions(), nextCursor: null } }),
    },
  });
}
type Used = 'listOpenReports' | 'decideReports' | 'getPostForStaff' | 'listReportsForStaff' | 'listSanctionsForStaff';

/** One that counts, one that ran out, one that was lifted. */
function sanctions(): Social['schemas']['StaffSanction'][] {
  const one = {
    id: newId(),
    person: null,
    kind: 'warning' as const,
    reason: 'Spam',
    staffId: marco.oid,
    decisionId: newId(),
    ruleIds: [],
    postId: null,
    excerpt: null,
    until: null,
    createdAt: at(-hour),
    expiresAt: at(hour),
    liftedAt: null,
  };
  return [one, { ...one, expiresAt: at(-1) }, { ...one, liftedAt: at(-1) }];
}

const at = (ms: number) => new Date(clock.now().getTime() + ms).toISOString();
const verdict = (action: Action = 'remove_content') => ({ action, reason: 'Spam in replies', ruleIds: ['no_spam'] });
const decide = (who: Staff, id: string, action?: Action) =>
  call(who, 'post', `v1/reports/${id}/decision`, verdict(action));
const screenOf = (id: string) => call<Screen>(alice, 'get', `v1/reports/${id}`);

async function codeOf(answer: Promise<{ status: number; body: unknown }>): Promise<[number, string | undefined]> {
  const { status, body } = await answer;
  return [status, (body as { code?: string }).code];
}

async function abuse() {
  const { body } = await call<{ items: Schemas['Queue'][] }>(alice, 'get', 'v1/queues');
  return body.items.find(({ queue }) => queue === 'abuse') ?? { overdue: -1 };
}

async function auditOf(targetId: string): Promise<[string, string, string][]> {
  const { body } = await call<{ items: Schemas['AuditEvent'][] }>(
    alice,
    'get',
    `v1/audit-events?targetId=${targetId}&limit=100`,
  );
  return body.items.map(({ action, outcome, actor }) => [action, outcome, actor.name]);
}

async function call<T = unknown>(
  { oid, name, roles }: Staff,
  method: 'get' | 'post' | 'put' | 'delete',
  path: string,
  json?: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: T }> {
  // The tests move the portal's clock on, but not that of whoever signs.
  const exp = Math.floor(clock.now().getTime() / 1000) + 3600;
  const token = await portal.entra.sign(personClaims({ oid, name, roles, exp }));
  const { status, body } = await send<T>(portal, token, method, path, { ...(json && { json }), headers });
  return { status, body };
}
