import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPushRecorder } from '../recorder.ts';
import type { PushRecorder } from '../recorder.ts';

let recorder: PushRecorder;
beforeAll(async () => {
  recorder = await startPushRecorder({ port: 0 });
});
afterAll(() => recorder.stop());

const payload = { title: 'CLYNC', body: '<b>New</b>', notificationId: '7' };
const send = (token: string) =>
  fetch(`${recorder.url}/pushes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ platform: 'ios', token, collapseKey: 'clync', payload }),
  });
const list = async (token: string) => {
  const response = await fetch(`${recorder.url}/pushes?token=${token}`);
  return ((await response.json()) as { items: unknown[] }).items;
};

test('keeps what it is given, and lists it by token', async () => {
  expect((await send('one')).status).toBe(201);
  expect((await send('two')).status).toBe(201);

  expect(await list('one')).toEqual([
    { platform: 'ios', token: 'one', collapseKey: 'clync', payload, at: expect.any(String) },
  ]);
  expect((await fetch(`${recorder.url}/livez`)).status).toBe(200);
});

test('shows it on a page without scripts, as text', async () => {
  await send('three');

  const page = await fetch(`${recorder.url}/`);
  const html = await page.text();

  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html).not.toMatch(/<script|<b>New/);
  expect(html).toContain('&#60;b&#62;New');
});

test('a token that was unregistered by the form is gone', async () => {
  await send('four');
  const form = await fetch(`${recorder.url}/unregister`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token: 'four' }),
  });

  expect([form.status, form.headers.get('location')]).toEqual([303, '/']);
  expect((await send('four')).status).toBe(410);
  expect(await list('four')).toHaveLength(1);
});

test('refuses everything while it is down', async () => {
  recorder.down = true;

  expect((await send('five')).status).toBe(503);

  recorder.down = false;
  expect((await send('five')).status).toBe(201);
});
