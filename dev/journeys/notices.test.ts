/** From a like to the lock screen and back: over the whole stack, as the phone sees it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../platform/testing/wait.ts';
import type { RecordedPush } from '../push-recorder/recorder.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { refusalOf, registerPerson } from './phone.ts';

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
let stack: Stack;
let base: string;
beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  base = stack.endpoints.urls['bff-mobile'] ?? '';
});
afterAll(async () => {
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

type Person = Awaited<ReturnType<typeof registerPerson>>;

async function pushesTo(token: string): Promise<RecordedPush[]> {
  const answer = await fetch(`${stack.endpoints.urls['push-recorder'] ?? ''}/pushes?token=${token}`);
  return ((await answer.json()) as { items: RecordedPush[] }).items;
}
async function registerDevice({ api }: Person, deviceId = 'phone'): Promise<string> {
  const pushToken = `token-${randomUUID()}`;
  await api.putDevice({ path: { deviceId }, body: { platform: 'ios', pushToken } });
  return pushToken;
}
async function likeAPostOf(author: Person, fan: Person): Promise<void> {
  const { body } = await author.api.createPost({ body: { text: 'A secret plan', visibility: 'public' } });
  await fan.api.setReaction({ path: { postId: body.id, kind: 'like' } });
}

test('a like is pushed without a word of it, told when it is tapped, and read', async () => {
  const [ada, bob] = [await registerPerson(base, 'ada'), await registerPerson(base, 'bob')];
  const token = await registerDevice(ada);

  await likeAPostOf(ada, bob);

  const push = await waitFor('the push', async () => (await pushesTo(token))[0]);
  expect(push.payload).toEqual({
    title: 'CLYNC',
    body: 'There is something new for you.',
    notificationId: expect.any(String),
  });
  const notificationId = String(push.payload['notificationId']);
  const { body: told } = await ada.api.getNotification({ path: { notificationId } });
  expect(told).toMatchObject({ kind: 'reaction', actor: { handle: 'bob' }, read: false });
  expect(await refusalOf(bob.api.getNotification({ path: { notificationId } }))).toEqual([404, 'not_found']);
  const { body: list } = await ada.api.listNotifications({});
  expect(list.items).toMatchObject([{ id: notificationId, count: 1 }]);

  await ada.api.putMarker({ path: { timeline: 'notifications' }, body: { lastReadId: notificationId, version: 0 } });

  expect((await ada.api.listNotifications({})).body.items).toMatchObject([{ id: notificationId, read: true }]);
});

test('a device goes when its phone signs out, and nothing is pushed to it any more', async () => {
  const [cleo, dan] = [await registerPerson(base, 'cleo'), await registerPerson(base, 'dan')];
  const token = await registerDevice(cleo);
  const { body: before } = await cleo.api.listDevices({});
  const { body: sessions } = await cleo.api.listSessions({});
  expect(before.items).toMatchObject([{ id: 'phone', sessionId: sessions.items[0]?.id }]);
  await cleo.api.logout({});
  const { email, password } = cleo;
  const { body: again } = await cleo.api.login({ body: { email, password } });
  cleo.signIn(again.accessToken);
  const newToken = await registerDevice(cleo, 'phone-set-up-again');

  await likeAPostOf(cleo, dan);

  await waitFor('the push', async () => (await pushesTo(newToken)).length === 1);
  expect(await pushesTo(token)).toEqual([]);
  const { body: after } = await cleo.api.listDevices({});
  expect(after.items.map(({ id }) => id)).toEqual(['phone-set-up-again']);
});

test('a policy is kept, and changed on the version that was read', async () => {
  const eve = await registerPerson(base, 'eve');
  const { body: policy } = await eve.api.getNotificationPolicy({});

  await eve.api.putNotificationPolicy({ body: { ...policy, strangers: 'none' } });

  expect((await eve.api.getNotificationPolicy({})).body).toEqual({ ...policy, strangers: 'none' });
  const stale = eve.api.putNotificationPolicy({ body: policy, headers: { 'If-Match': '"0.stale"' } });
  expect(await refusalOf(stale)).toEqual([412, 'precondition_failed']);
});
