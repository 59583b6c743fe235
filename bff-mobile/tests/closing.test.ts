import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '#platform/ids';
import { effectiveAt, startLeavingRecorder } from './leaving-recorder.ts';
import { sessionId, startMobile, userId } from './mobile-app.ts';

type Mobile = Awaited<ReturnType<typeof startMobile>>;
let recorder: Awaited<ReturnType<typeof startLeavingRecorder>>;
let mobile: Mobile;

beforeAll(async () => {
  recorder = await startLeavingRecorder();
});
beforeEach(async () => {
  Object.assign(recorder.told, { blockers: [], askedFor: [], closed: [], sessions: [sessionOfAge(0)] });
  mobile = await startMobile(recorder.behind);
});
afterEach(() => mobile.stop());
afterAll(() => recorder.stop());

/** The session of the access token, begun some minutes ago. */
function sessionOfAge(minutes: number) {
  const now = Date.now();
  const createdAt = new Date(now - minutes * 60_000).toISOString();
  const expiresAt = new Date(now + 86_400_000).toISOString();
  return { id: sessionId, deviceName: null, createdAt, lastUsedAt: createdAt, expiresAt };
}

async function close(headers: Record<string, string> = {}) {
  const token = await mobile.token();
  return request(mobile.app)
    .delete('/v1/me')
    .set({ Authorization: `Bearer ${token}`, ...headers });
}

test('closes the account of who has just signed in, and their access token is worth nothing any more', async () => {
  const answer = await close();

  expect([answer.status, answer.body]).toEqual([202, { effectiveAt }]);
  expect(recorder.told).toMatchObject({ askedFor: [userId], closed: [userId] });
  const again = await close();
  expect([again.status, again.body.code]).toEqual([401, 'unauthenticated']);
});

test('names what is in the way in the words of the phone, and closes nothing', async () => {
  const [walletId, transferId, pocketId] = [newId(), newId(), newId()];
  recorder.told.blockers = [
    { kind: 'balance', ids: [walletId] },
    { kind: 'pending_transfer', ids: [transferId] },
    { kind: 'owned_shared_pocket', ids: [pocketId] },
  ];

  const answer = await close();

  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({
    code: 'closing_blocked',
    retryable: false,
    blockers: ['balance', 'pendingTransfer', 'ownedSharedPocket'],
    blocking: { balance: [walletId], pendingTransfer: [transferId], ownedSharedPocket: [pocketId] },
  });
  expect(recorder.told.closed).toEqual([]);
});

test.each([
  ['a session that began long ago', () => [sessionOfAge(11)]],
  ['a session that social does not know', () => []],
])('wants the password again for %s', async (_, sessions) => {
  recorder.told.sessions = sessions();

  const answer = await close();

  expect([answer.status, answer.body.code]).toEqual([403, 'step_up_required']);
  expect(recorder.told).toMatchObject({ askedFor: [], closed: [] });
});

test('takes a step-up of this session, however old it is', async () => {
  recorder.told.sessions = [sessionOfAge(100)];
  const stepUp = await mobile.token({ aud: 'clync-step-up' });

  const answer = await close({ 'X-Step-Up': stepUp });

  expect([answer.status, recorder.told.closed]).toEqual([202, [userId]]);
});

test.each([
  ['an access token', {}],
  ['a step-up of another session', { aud: 'clync-step-up', sid: newId() }],
  ['a step-up of another person', { aud: 'clync-step-up', sub: newId() }],
])('refuses %s as step-up, however young the session is', async (_, claims) => {
  const answer = await close({ 'X-Step-Up': await mobile.token(claims) });

  expect([answer.status, answer.body.code]).toEqual([403, 'step_up_required']);
  expect(recorder.told.closed).toEqual([]);
});
