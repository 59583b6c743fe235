import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import type { components } from '#openapi/bff-admin';
import { createTestClock } from '#platform/testing/test-clock';
import { scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

type Announcement = components['schemas']['Announcement'];
interface Answer<T> {
  status: number;
  body: T;
  headers: Record<string, string | string[] | undefined>;
}

const clock = createTestClock();
let portal: Portal;

beforeAll(async () => {
  portal = await startPortal({ clock });
});
afterAll(() => portal.stop());

async function call<T>(
  method: 'get' | 'post' | 'delete',
  path: string,
  { json, headers = {} }: { json?: object; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const token = await portal.entra.sign(scriptClaims({ roles: ['Admin'] }));
  const answer = await got(path, {
    prefixUrl: portal.url,
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(json && { json }),
    throwHttpErrors: false,
    retry: { limit: 0 },
  });
  const body = (answer.body === '' ? undefined : JSON.parse(answer.body)) as T;
  return { status: answer.statusCode, body, headers: answer.headers };
}

async function liveTitles(): Promise<string[]> {
  const { items } = await got(`${portal.url}/v1/announcements/live`).json<components['schemas']['Announcements']>();
  return items.map(({ title }) => title);
}

function later(minutes: number): string {
  return new Date(clock.now().getTime() + minutes * 60_000).toISOString();
}

test('shows an announcement to everyone between its beginning and its end, and no longer once taken back', async () => {
  const soon = { title: 'Soon', body: 'It begins in ten minutes.', startsAt: later(10), endsAt: later(20) };
  await call('post', 'v1/announcements', { json: { title: 'Now', body: 'It is on.' } });
  const { status, body } = await call<Announcement>('post', 'v1/announcements', { json: soon });

  const before = await liveTitles();
  clock.advance(11 * 60_000);
  const during = await liveTitles();
  clock.advance(10 * 60_000);
  const after = await liveTitles();
  const all = await call<{ items: Announcement[] }>('get', 'v1/announcements');
  const taken = await call('delete', `v1/announcements/${body.id}`);
  const again = await call('delete', `v1/announcements/${body.id}`);

  expect(status).toBe(201);
  expect([before, during, after]).toEqual([['Now'], ['Soon', 'Now'], ['Now']]);
  expect(all.body.items.map(({ title }) => title)).toEqual(['Soon', 'Now']);
  expect([taken.status, again.status]).toEqual([204, 404]);
});

test('writes who announced what, and who took it back', async () => {
  const { body } = await call<Announcement>('post', 'v1/announcements', { json: { title: 'Hello', body: 'World' } });
  await call('delete', `v1/announcements/${body.id}`);

  const log = await call<{ items: { action: string }[] }>('get', `v1/audit-events?targetId=${body.id}`);

  expect(log.body.items).toMatchObject([
    { action: 'announcement.delete', outcome: 'done' },
    { action: 'announcement.create', outcome: 'done', details: { title: 'Hello', body: 'World' } },
  ]);
});

test('one key makes one announcement', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const json = { title: 'Once', body: 'Only.' };

  const first = await call<Announcement>('post', 'v1/announcements', { json, headers });
  const second = await call<Announcement>('post', 'v1/announcements', { json, headers });
  const other = await call<{ code: string }>('post', 'v1/announcements', { json: { ...json, body: 'Else.' }, headers });

  expect(second.body).toEqual(first.body);
  expect(second.headers['idempotency-replayed']).toBe('true');
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
});

test('pages keep their place while announcements are made and taken back', async () => {
  const first = await call<{ items: Announcement[]; nextCursor: string }>('get', 'v1/announcements?limit=1');
  await call('delete', `v1/announcements/${first.body.items[0]?.id ?? ''}`);
  clock.advance(1_000);
  await call('post', 'v1/announcements', { json: { title: 'New', body: 'Newest.' } });
  const rest = await call<{ items: Announcement[] }>('get', `v1/announcements?cursor=${first.body.nextCursor}`);

  expect(rest.status).toBe(200);
  expect(rest.body.items.map(({ title }) => title)).not.toContain('New');
  expect(rest.body.items.length).toBeGreaterThan(0);
});

test.each([
  ['no title', { body: 'x' }],
  ['a blank title', { title: ' ', body: 'x' }],
  [
    'an end before the beginning',
    { title: 'x', body: 'x', startsAt: '2026-01-02T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' },
  ],
  ['an unknown field', { title: 'x', body: 'x', audience: 'all' }],
])('refuses %s', async (_what, json) => {
  const answer = await call<{ code: string }>('post', 'v1/announcements', { json });

  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
});

test('refuses a cursor of another list', async () => {
  const cursor = Buffer.from('{"at":"never","id":"x"}').toString('base64url');

  const answer = await call<{ code: string }>('get', `v1/announcements?cursor=${cursor}`);

  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_cursor']);
});
