import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import type { components } from '#openapi/bff-admin';
import { scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

// Nobody listens behind this portal: what it does when the services are there is a journey of its own.
let portal: Portal;

beforeAll(async () => {
  portal = await startPortal();
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
    ['money', 'unavailable'],
    ['connections', 'unavailable'],
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
        details: { sections: ['profile', 'account', 'connections', 'audit'] },
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

interface Request {
  roles?: string[];
  json?: unknown;
}

async function call(method: 'get' | 'post', path: string, { roles = ['Admin'], json }: Request = {}) {
  const token = await portal.entra.sign(scriptClaims({ roles }));
  const answer = await got(path, {
    prefixUrl: portal.url,
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(json !== undefined && { json }),
    throwHttpErrors: false,
    retry: { limit: 0 },
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) as unknown };
}
