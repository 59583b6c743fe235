import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld, password } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const service = { service: true } as const;
const newcomer = { email: 'ada@example.com', password, handle: 'ada', displayName: 'Ada Byron' };

test('registers a person and signs them in', async () => {
  const { body } = await world.social.registerAccount({ as: service, body: newcomer }).expect(201);

  expect(body.user).toEqual({ id: expect.any(String), handle: 'ada', displayName: 'Ada Byron' });
  expect(Buffer.from(body.session.refreshToken, 'base64url')).toHaveLength(32);
  const { body: me } = await world.social.getMe({ as: { userId: body.user.id } }).expect(200);
  expect(me).toMatchObject({ handle: 'ada', email: 'ada@example.com', bio: '', avatarUrl: null, locked: false });
});

test('refuses an e-mail address and a handle that are taken, in whatever case', async () => {
  const ben = await world.person('ben');

  const email = { ...newcomer, email: ben.email.toUpperCase(), handle: 'ben2' };
  const sameEmail = await world.social.registerAccount({ as: service, body: email }).expect(409);
  expect(sameEmail.body.code).toBe('email_taken');

  const handle = { ...newcomer, email: 'other@example.com', handle: 'BEN' };
  const sameHandle = await world.social.registerAccount({ as: service, body: handle }).expect(409);
  expect(sameHandle.body.code).toBe('handle_taken');
  const reserved = { ...newcomer, email: 'other@example.com', handle: 'Support' };
  expect((await world.social.registerAccount({ as: service, body: reserved }).expect(409)).body.code).toBe(
    'handle_taken',
  );
});

test('one of two registrations of the same person at once succeeds', async () => {
  const body = { ...newcomer, email: 'twin@example.com', handle: 'twin' };

  const answers = await Promise.all([1, 2, 3, 4].map(() => world.social.registerAccount({ as: service, body })));

  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
});

test.each([
  ['an unknown field', { ...newcomer, admin: true }, '/admin'],
  ['no e-mail address', { ...newcomer, email: 'ada' }, '/email'],
  ['a short password', { ...newcomer, password: 'short' }, '/password'],
  ['a password without end', { ...newcomer, password: 'x'.repeat(129) }, '/password'],
  ['a handle with a space', { ...newcomer, handle: 'a b' }, '/handle'],
  ['a name of spaces', { ...newcomer, displayName: '   ' }, '/displayName'],
  ['a name that nobody sees', { ...newcomer, displayName: '\u200b\u200b' }, '/displayName'],
  ['a name of two lines', { ...newcomer, displayName: 'Ada\nByron' }, '/displayName'],
  ['a name that is read backwards', { ...newcomer, displayName: 'Ada \u202enoryB' }, '/displayName'],
  ['a number for a name', { ...newcomer, displayName: 7 }, '/displayName'],
])('refuses a registration with %s', async (_what, body, pointer) => {
  const answer = await world.social.registerAccount({ as: service, body: body as typeof newcomer }).expect(400);

  expect(answer.body).toMatchObject({ code: 'invalid_request', status: 400 });
  expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
});

test.each([
  ['NUL', { ...newcomer, displayName: 'A\0da' }],
  ['a lone surrogate', { ...newcomer, displayName: 'A\ud800da' }],
])('refuses text with %s', async (_what, body) => {
  expect((await world.social.registerAccount({ as: service, body }).expect(400)).body.code).toBe('malformed_body');
});

test('signs in with e-mail and password, in whatever case the address is written', async () => {
  const cleo = await world.person('cleo');

  const { body } = await world.social
    .createSession({ as: service, body: { email: 'Cleo@Example.com', password, deviceName: 'phone' } })
    .expect(201);

  expect(body.user.id).toBe(cleo.id);
  expect(body.session.id).not.toBe(cleo.sessionId);
});

test('answers an unknown address and a wrong password alike', async () => {
  const dora = await world.person('dora');
  const attempt = (email: string) => world.social.createSession({ as: service, body: { email, password: 'not it' } });

  const wrong = await attempt(dora.email).expect(401);
  const unknown = await attempt('nobody@example.com').expect(401);

  const { instance: _one, ...known } = wrong.body;
  const { instance: _other, ...absent } = unknown.body;
  expect(known).toEqual(absent);
  expect(known.code).toBe('invalid_credentials');
});

test('stops guessing after ten wrong passwords, until the window ends', async () => {
  const emil = await world.person('emil');
  const attempt = (word: string) =>
    world.social.createSession({
      as: service,
      body: { email: emil.email, password: word, clientAddress: '203.0.113.7' },
    });
  for (let tries = 0; tries < 10; tries += 1) await attempt('not it').expect(401);

  const refused = await attempt(password).expect(429);

  expect(refused.body.code).toBe('rate_limited');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
  world.clock.advance(15 * 60_000);
  await attempt(password).expect(201);
});

test('signing in rightly, however often, does not count as guessing', async () => {
  const finn = await world.person('finn');
  const body = { email: finn.email, password, clientAddress: '203.0.113.8' };

  for (let times = 0; times < 12; times += 1) await world.social.createSession({ as: service, body }).expect(201);

  const [counted] = await world.query<{ n: number }>('SELECT coalesce(max(used), 0)::int AS n FROM limit_window');
  expect(counted?.n).toBeLessThan(12);
});

test('checks the password of somebody who is signed in', async () => {
  const { as } = await world.person('fay');

  await world.social.checkPassword({ as, body: { password } }).expect(204);
  const wrong = await world.social.checkPassword({ as, body: { password: 'not it' } }).expect(401);

  expect(wrong.body.code).toBe('wrong_password');
});

test('refuses tokens that are missing, foreign, forged or of another kind', async () => {
  const gil = await world.person('gil');
  const stranger = await world.stranger();

  await world.social.getMe({}).expect(401);
  await world.social.getMe({ as: 'not.a.token' }).expect(401);
  await stranger.getMe({ as: gil.as }).expect(401);
  await world.social.getMe({ as: service }).expect(403);
  await world.social.getMe({ as: { staffId: 'someone' } }).expect(403);
  await world.social.registerAccount({ as: gil.as, body: newcomer }).expect(403);
  await world.social.listAccounts({ as: gil.as }).expect(403);
});
