import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld, password } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const service = { service: true } as const;
const staff = { staffId: 'staff-1' };
const refresh = (refreshToken: string) => world.social.refreshSession({ as: service, body: { refreshToken } });

test('exchanges a refresh token for its successor', async () => {
  const ada = await world.person();

  const { body } = await refresh(ada.refreshToken).expect(200);

  expect(body.user.id).toBe(ada.id);
  expect(body.session.id).toBe(ada.sessionId);
  expect(body.session.refreshToken).not.toBe(ada.refreshToken);
  await refresh(body.session.refreshToken).expect(200);
});

test('answers the same successor again within ten seconds', async () => {
  const ada = await world.person();
  const first = await refresh(ada.refreshToken).expect(200);

  world.clock.advance(9_000);
  const again = await refresh(ada.refreshToken).expect(200);

  expect(again.body).toEqual(first.body);
});

test('a used token kills the whole family when it comes too late', async () => {
  const ada = await world.person();
  const { body } = await refresh(ada.refreshToken).expect(200);

  world.clock.advance(10_001);
  const replay = await refresh(ada.refreshToken).expect(401);

  expect(replay.body.code).toBe('invalid_refresh_token');
  await refresh(body.session.refreshToken).expect(401);
});

test('a used token kills the whole family once its successor is used, however soon', async () => {
  const ada = await world.person();
  const first = await refresh(ada.refreshToken).expect(200);
  const second = await refresh(first.body.session.refreshToken).expect(200);

  await refresh(ada.refreshToken).expect(401);

  await refresh(second.body.session.refreshToken).expect(401);
});

test('fifty refreshes at once give one successor', async () => {
  const ada = await world.person();

  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(ada.refreshToken)));

  const successors = answers.filter(({ status }) => status === 200).map(({ body }) => tokenOf(body));
  expect(successors.length).toBeGreaterThan(0);
  expect(new Set(successors).size).toBe(1);
  expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true);
  await refresh(successors[0] ?? '').expect(200);
});

test('refuses tokens that it never gave', async () => {
  for (const token of ['x', Buffer.alloc(32).toString('base64url'), 'ü']) await refresh(token).expect(401);
});

test('a session ends by itself when it is not refreshed', async () => {
  const ada = await world.person();

  world.clock.advance(60 * 86_400_000 + 1);

  await refresh(ada.refreshToken).expect(401);
});

test('lists living sessions and ends one of them', async () => {
  const ada = await world.person();
  const body = { email: ada.email, password, deviceName: 'tablet' };
  const other = await world.social.createSession({ as: service, body }).expect(201);
  const before = await world.social.listSessions({ as: ada.as }).expect(200);
  expect(before.body.items.map(({ id }) => id).sort()).toEqual([ada.sessionId, other.body.session.id].sort());

  await world.social.endSession({ as: ada.as, path: { sessionId: ada.sessionId } }).expect(204);
  await world.social.endSession({ as: ada.as, path: { sessionId: ada.sessionId } }).expect(204);

  const after = await world.social.listSessions({ as: ada.as }).expect(200);
  expect(after.body.items.map(({ deviceName }) => deviceName)).toEqual(['tablet']);
  await refresh(ada.refreshToken).expect(401);
});

test("does not find another's session, and leaves it alone", async () => {
  const [ada, ben] = [await world.person(), await world.person()];

  await world.social.endSession({ as: ben.as, path: { sessionId: ada.sessionId } }).expect(404);

  await refresh(ada.refreshToken).expect(200);
});

const endedSince = async (since: string) =>
  (await world.social.listEndedSessions({ as: service, query: { since } }).expect(200)).body;

test('tells which sessions have ended since a time', async () => {
  const ada = await world.person();
  const { asOf: since } = await endedSince('2026-01-01T00:00:00Z');
  await world.social.endSession({ as: ada.as, path: { sessionId: ada.sessionId } }).expect(204);

  const told = await endedSince(since);

  expect(told.items).toContainEqual({ sessionId: ada.sessionId, userId: ada.id, endedAt: expect.any(String) });
  await world.query(`UPDATE session SET ended_at = ended_at - interval '1 minute' WHERE ended_at IS NOT NULL`);
  expect((await endedSince(told.asOf)).items).toEqual([]);
  await world.query(`UPDATE session SET ended_at = ended_at - interval '1 hour' WHERE ended_at IS NOT NULL`);
  expect((await endedSince('2026-01-01T00:00:00Z')).items).toEqual([]);
  for (const bad of ['2026-02-30T00:00:00Z', '2026-12-31T23:59:60Z', 'yesterday']) {
    await world.social.listEndedSessions({ as: service, query: { since: bad } }).expect(400);
  }
});

test('an end that a process tells whose clock is behind is told to those who have already asked', async () => {
  const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
  await refresh(ben.refreshToken).expect(200);
  world.clock.advance(60_000);
  const { asOf: since } = await endedSince('2026-01-01T00:00:00Z');

  world.clock.advance(-10 * 60_000);
  await world.social.endSession({ as: ada.as, path: { sessionId: ada.sessionId } }).expect(204);
  await world.social.suspendAccount({ as: staff, path: { userId: cleo.id }, body: { decisionId: randomUUID(), reason: 'Spam' } }).expect(200); // prettier-ignore
  world.clock.advance(10 * 60_000);
  await refresh(ben.refreshToken).expect(401);

  const told = (await endedSince(since)).items.map(({ userId }) => userId);
  expect(told.sort()).toEqual([ada.id, ben.id, cleo.id].sort());
});

function tokenOf(body: unknown): string {
  return (body as { session: { refreshToken: string } }).session.refreshToken;
}
