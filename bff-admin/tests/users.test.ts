import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { components } from '#openapi/bff-admin';
import type { operations as SocialOperations } from '#openapi/social';
import { withClient } from '#platform/database-setup';
import { Problem } from '#platform/problem';
import { findFreePorts } from '#platform/testing/ports';
import { generateServiceKey } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { waitFor } from '#platform/testing/wait';
import { scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';
import { send } from './kit/send.ts';

type Schemas = components['schemas'];

// Nobody listens behind this portal, save where a test puts a stand-in: what it does when all are there is a journey of its own.
let portal: Portal;
let socialPort: number;
const key = generateServiceKey();

beforeAll(async () => {
  [socialPort = 0] = await findFreePorts(1);
  const socialUrl = `http://localhost:${String(socialPort)}`;
  portal = await startPortal({ configure: (config) => ({ ...config, socialUrl, serviceTokenKey: key.privateKey }) });
});
afterAll(() => portal.stop());

const userId = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

test('shows a person although every service is dead, and says which parts are missing', async () => {
  const answer = await call('get', `v1/users/${userId}`, { roles: ['FinanceOps'] });

  const screen = answer.body as components['schemas']['UserScreen'];
  expect(answer.status).toBe(200);
  expect(Object.entries(screen.sections).map(([name, { status }]) => [name, status])).toEqual([
    ['profile', 'unavailable'],
    ['account', 'unavailable'],
    ['sessions', 'unavailable'],
    ['reports', 'ok'],
    ['sanctions', 'unavailable'],
    ['money', 'unavailable'],
    ['connections', 'unavailable'],
    ['notes', 'ok'],
    ['audit', 'ok'],
  ]);
});

test.each(['Admin', 'Moderator', 'Support'])('shows no money to %s', async (role) => {
  const answer = await call('get', `v1/users/${userId}`, { roles: [role] });

  expect(Object.keys((answer.body as components['schemas']['UserScreen']).sections)).not.toContain('money');
});

test('writes down who looked at whom, and what was shown', async () => {
  const someone = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d60';

  await call('get', `v1/users/${someone}`, { roles: ['Support'] });
  const log = await call('get', `v1/audit-events?targetId=${someone}`);

  expect(log.body).toMatchObject({
    items: [
      {
        action: 'user.view',
        targetType: 'user',
        outcome: 'done',
        actor: { roles: ['Support'] },
        details: {
          sections: ['profile', 'account', 'sessions', 'reports', 'sanctions', 'connections', 'notes', 'audit'],
        },
      },
    ],
  });
});

test('writes a decision down before it asks, and lets no second one pass it', async () => {
  const someone = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d61';

  const first = await call('post', `v1/users/${someone}/suspend`, { json: { reason: 'Spam' } });
  const second = await call('post', `v1/users/${someone}/restore`, { json: { reason: 'Sorry' } });
  const log = await call('get', `v1/audit-events?targetId=${someone}`);

  expect(first).toMatchObject({ status: 202, body: { userId: someone, outcome: 'pending' } });
  expect(second).toMatchObject({ status: 409, body: { code: 'decision_open' } });
  expect(log.body).toMatchObject({
    items: [{ action: 'user.suspend', reason: 'Spam', outcome: 'pending', closedAt: null }],
  });
});

const badBodies: [string, unknown][] = [
  ['no reason', {}],
  ['an empty reason', { reason: '' }],
  ['a reason of spaces', { reason: '   ' }],
  ['a reason that is too long', { reason: 'x'.repeat(501) }],
  ['a reason that is a number', { reason: 1 }],
  ['NUL in the reason', { reason: 'a\u0000b' }],
  ['a lone surrogate in the reason', { reason: 'a\ud800b' }],
  ['an unknown field', { reason: 'x', forever: true }],
  ['an end in the past', { reason: 'x', until: '2020-01-01T00:00:00Z' }],
  ['an end that is no time', { reason: 'x', until: 'tomorrow' }],
  ['an end on a day that is none', { reason: 'x', until: '2030-02-30T00:00:00Z' }],
  ['a list for a body', []],
];
test.each(badBodies)('refuses to suspend with %s, and writes nothing', async (_what, json) => {
  const someone = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d62';

  const answer = await call('post', `v1/users/${someone}/suspend`, { json });
  const log = await call('get', `v1/audit-events?targetId=${someone}`);

  expect(answer.status).toBe(400);
  expect(log.body).toMatchObject({ items: [] });
});

test('refuses an id that is none', async () => {
  expect((await call('get', 'v1/users/me')).status).toBe(400);
  expect((await call('post', 'v1/users/%00/suspend', { json: { reason: 'x' } })).status).toBe(400);
});

test('answers a search with 503 when social is dead, and has written down what was looked for', async () => {
  const answer = await call('get', 'v1/users?q=ada&status=active');
  const log = await call('get', 'v1/audit-events?action=user.search');

  expect(answer).toMatchObject({ status: 503, body: { code: 'upstream_unavailable', retryable: true } });
  expect(log.body).toMatchObject({ items: [{ details: { q: 'ada', status: 'active' } }] });
});

describe('a note', () => {
  const someone = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d63';
  const path = `v1/users/${someone}/notes`;
  const notes = async (query = '') => (await call('get', `${path}${query}`)).body as NotePage;

  test('is kept once for a key, with its author, and read newest first; its text is not in the log', async () => {
    const social = await startSocial();
    const headers = { 'idempotency-key': 'one' };
    const first = await call('post', path, { json: { text: 'Called about a phone' }, headers, roles: ['Support'] });
    const again = await call('post', path, { json: { text: 'Called about a phone' }, headers, roles: ['Support'] });
    const other = await call('post', path, { json: { text: 'Something else' }, headers });
    await call('post', path, { json: { text: 'Called again' } });
    await social.stop();

    const page = await notes('?limit=1');
    const rest = await notes(`?cursor=${page.nextCursor ?? ''}`);
    const log = await call('get', `v1/audit-events?targetId=${someone}&action=user.note`);
    const looks = await call('get', `v1/audit-events?targetId=${someone}&action=user.notes`);

    expect(first).toMatchObject({
      status: 201,
      body: { text: 'Called about a phone', author: { name: expect.stringContaining('app') } },
    });
    expect(again).toEqual(first);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect([...page.items, ...rest.items].map(({ text }) => text)).toEqual(['Called again', 'Called about a phone']);
    expect(rest.nextCursor).toBeNull();
    expect((log.body as { items: object[] }).items).toHaveLength(2);
    expect(JSON.stringify(log.body)).not.toContain('Called');
    expect((looks.body as { items: object[] }).items).toHaveLength(2);
  });

  test('needs a person who is there, text, and a role that may write', async () => {
    const nobody = 'v1/users/0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d64/notes';
    const json = { text: 'Hello' };
    const dead = await call('post', path, { json });
    const social = await startSocial();

    const answers = [
      await call('post', nobody, { json }),
      await call('post', path, { json: { text: '  ' } }),
      await call('post', path, { json: { text: 'x'.repeat(2001) } }),
      await call('post', path, { json: { ...json, author: 'me' } }),
      await call('post', path, { json, roles: ['Auditor'] }),
      await call('get', `${path}?cursor=bm90IGEgY3Vyc29y`),
    ];
    await social.stop();

    expect(dead).toMatchObject({ status: 503, body: { code: 'upstream_unavailable' } });
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400, 400, 403, 400]);
    expect((await call('get', nobody)).body).toEqual({ items: [], nextCursor: null });
  });

  test('cannot be changed by the process that wrote it', async () => {
    await withClient(portal.databases.url('admin'), async (client) => {
      await expect(client.query("UPDATE admin.user_note SET text = 'x'")).rejects.toThrow('permission denied');
    });
  });
});

describe('the dashboard', () => {
  const figuresFor = async (role: string) =>
    ((await call('get', 'v1/dashboard', { roles: [role] })).body as Schemas['Dashboard']).figures;
  const named = (figures: Schemas['Dashboard']['figures'], beginning: string) =>
    figures.filter(({ name }) => name.startsWith(beginning));

  test('says which figures are missing when a service is dead, and shows the others', async () => {
    const social = await startSocial();
    const figures = [...(await figuresFor('Admin')), ...(await figuresFor('Auditor'))];
    await social.stop();

    const values = (beginning: string) => named(figures, beginning).map(({ status, value }) => [status, value]);
    expect(values('people.suspended')).toEqual(Array(2).fill(['ok', 3]));
    expect(values('proposals.pending')).toEqual(Array(2).fill(['ok', 0]));
    for (const dead of ['transfers.', 'breaks.', 'provider.', 'jobs.failed.financial', 'jobs.failed.flagship'])
      expect(new Set(values(dead).map(([status]) => status))).toEqual(new Set(['unavailable']));
  });

  test.each(['Admin', 'Moderator', 'Support', 'FinanceOps', 'Auditor'])(
    'shows %s nothing that may not be opened',
    async (role) => {
      const figures = await figuresFor(role);
      const opened = await Promise.all(
        figures.map(async ({ drillDown }) => (await call('get', drillDown.slice(1), { roles: [role] })).status),
      );

      expect(figures.length).toBeGreaterThan(0);
      expect(opened.filter((status) => status !== 200 && status !== 503)).toEqual([]);
      expect(named(figures, 'transfers.').length > 0).toBe(['FinanceOps', 'Auditor'].includes(role));
    },
  );

  test('counts what waits here as the lists do', async () => {
    await call('post', 'v1/users/0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d65/sign-out', { json: { reason: 'Stolen' } });
    await withClient(portal.databases.ownerUrl('admin'), async (client) => {
      await client.query("SELECT admin_jobs.add_job('nobodyRunsThis')");
      await client.query('UPDATE admin_jobs._private_jobs SET attempts = max_attempts WHERE task_id = (SELECT max(task_id) FROM admin_jobs._private_jobs)'); // prettier-ignore
    });

    const figures = await figuresFor('Admin');
    for (const name of ['decisions.pending', 'jobs.failed.bff-admin']) {
      const [figure] = named(figures, name);
      const { body } = await call('get', `${figure?.drillDown.slice(1) ?? ''}&limit=100`);

      expect(figure?.value).toBeGreaterThan(0);
      expect((body as { items: object[] }).items).toHaveLength(Number(figure?.value));
    }
  });
});

interface NotePage {
  items: Schemas['UserNote'][];
  nextCursor: string | null;
}

/** Social with one person, as far as these tests go. */
/** The portal shields itself from whoever did not answer, so it is met first. */
async function startSocial() {
  const person = { id: userId, handle: 'ada', displayName: 'Ada', avatarUrl: null };
  const moment = '2026-11-22T09:30:00.000Z';
  const social = await startStandIn<Pick<SocialOperations, 'getAccount' | 'getStaffFigures' | 'listOpenReports'>>({
    name: 'social',
    trust: { 'bff-admin': key.publicKey },
    settings: { port: socialPort },
    handlers: {
      getAccount: ({ path }) => {
        if (path.userId !== '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d63') throw new Problem('not_found');
        const counts = { posts: 0, followers: 0, following: 0 };
        const account = { email: 'ada@example.com', status: 'active' as const, suspension: null, activeSessions: 1 };
        const times = { lastActiveAt: moment, createdAt: moment };
        return { status: 200, body: { ...person, ...account, ...times, bio: '', locked: false, counts } };
      },
      getStaffFigures: () => {
        const people = { people: 5, activePeople: 2, suspendedPeople: 3, newPeople: 1 };
        return { status: 200, body: { ...people, openAppeals: 0, failedJobs: 0, asOf: moment } };
      },
      listOpenReports: () => ({ status: 200, body: { items: [], nextCursor: null } }),
    },
  });
  await waitFor('the portal to meet social', async () => {
    const { status } = await call('post', `v1/users/${userId}/notes`, { json: { text: 'Hello' } });
    return status === 404;
  });
  return social;
}

interface Request {
  roles?: string[];
  json?: unknown;
  headers?: Record<string, string>;
}

async function call(method: 'get' | 'post', path: string, { roles = ['Admin'], ...parts }: Request = {}) {
  const token = await portal.entra.sign(scriptClaims({ roles }));
  const { status, body } = await send<unknown>(portal, token, method, path, parts);
  return { status, body };
}
