import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { codeTo, mailsTo, otherThan } from './mails.ts';
import { createWorld, password } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const service = { service: true } as const;
const newPassword = 'battery-staple-4';
const changed = 'Your CLYNC password was changed';

const signIn = (email: string, word: string) =>
  world.social.createSession({ as: service, body: { email, password: word } });
const refresh = (refreshToken: string) => world.social.refreshSession({ as: service, body: { refreshToken } });
const requestReset = (email: string, clientAddress?: string) =>
  world.social.requestPasswordReset({ as: service, body: { email, ...(clientAddress && { clientAddress }) } });
const confirmReset = (email: string, code: string, word = newPassword, clientAddress?: string) =>
  world.social.confirmPasswordReset({
    as: service,
    body: { email, code, newPassword: word, ...(clientAddress && { clientAddress }) },
  });
const change = ({ as, sessionId }: Person, currentPassword: string, word = newPassword) =>
  world.social.changePassword({ as, body: { currentPassword, newPassword: word, sessionId } });

/** A person whose first mail has arrived, so that the next code is the one of the reset. */
async function aPerson(): Promise<Person> {
  const person = await world.person();
  await codeTo(world, person.email);
  return person;
}

async function resetCode({ email }: Person): Promise<string> {
  await requestReset(email).expect(202);
  return codeTo(world, email, { count: 2 });
}

test('sets a new password by a code, and signs out everywhere', async () => {
  const ada = await aPerson();
  const other = await signIn(ada.email, password).expect(201);

  await confirmReset(ada.email.toUpperCase(), await resetCode(ada)).expect(204);

  await signIn(ada.email, password).expect(401);
  await refresh(ada.refreshToken).expect(401);
  await refresh(other.body.session.refreshToken).expect(401);
  await signIn(ada.email, newPassword).expect(201);
  const ends = await world.query(
    'SELECT end_reason FROM session WHERE account_id = $1 AND ended_at IS NOT NULL',
    ada.id,
  );
  expect(ends).toEqual([{ end_reason: 'password_changed' }, { end_reason: 'password_changed' }]);
  await waitFor('the mail that tells', () => mailsTo(world, ada.email)[0]?.subject === changed);
  // Whoever reads the code has the mailbox.
  expect((await world.social.getMe({ as: ada.as }).expect(200)).body.emailVerified).toBe(true);
});

test('a new password drops a change of address that somebody with the old one asked for', async () => {
  const [ada, ben] = [await aPerson(), await aPerson()];
  for (const { as, handle } of [ada, ben]) {
    await world.social.changeEmail({ as, body: { email: `${handle}@thief.example`, password } }).expect(202);
  }
  const codes = await Promise.all([ada, ben].map(({ handle }) => codeTo(world, `${handle}@thief.example`)));

  await confirmReset(ada.email, await resetCode(ada)).expect(204);
  await change(ben, password).expect(204);

  for (const [place, { as, email }] of [ada, ben].entries()) {
    await world.social.confirmVerification({ as, body: { code: codes[place] ?? '' } }).expect(422);
    const { body } = await world.social.getMe({ as }).expect(200);
    expect(body).toMatchObject({ email, pendingEmail: null });
  }
});

test('a reset code is good once, also for two at the same time', async () => {
  const ada = await aPerson();
  const code = await resetCode(ada);

  const answers = await Promise.all(
    ['one-of-two-7', 'two-of-two-7'].map((word) => confirmReset(ada.email, code, word)),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([204, 422]);
  expect((await confirmReset(ada.email, code).expect(422)).body.code).toBe('invalid_code');
});

test('asks for an unknown address as for a known one, and sends nothing there', async () => {
  const ada = await aPerson();

  const known = await requestReset(ada.email).expect(202);
  const unknown = await requestReset('nobody@example.com').expect(202);

  expect([unknown.body, Object.keys(unknown.headers).sort()]).toEqual([known.body, Object.keys(known.headers).sort()]);
  await world.jobsDone();
  expect(mailsTo(world, 'nobody@example.com')).toEqual([]);
});

test('answers a wrong code and an unknown address alike', async () => {
  const ada = await aPerson();
  const code = await resetCode(ada);

  const wrong = await confirmReset(ada.email, otherThan(code)).expect(422);
  const unknown = await confirmReset('nobody@example.com', code).expect(422);

  const { instance: _one, ...known } = wrong.body;
  const { instance: _other, ...absent } = unknown.body;
  expect(known).toEqual(absent);
  await signIn(ada.email, password).expect(201);
});

test('a code for the address proves nothing about the password, and the other way round', async () => {
  const ada = await world.person();
  const verification = await codeTo(world, ada.email);
  await requestReset(ada.email).expect(202);
  const reset = await codeTo(world, ada.email, { count: 2 });

  if (verification !== reset) {
    await confirmReset(ada.email, verification).expect(422);
    await world.social.confirmVerification({ as: ada.as, body: { code: reset } }).expect(422);
  }

  await confirmReset(ada.email, reset).expect(204);
});

test('a code is good for 30 minutes and five tries', async () => {
  const [ada, ben] = [await aPerson(), await aPerson()];
  const [adas, bens] = [await resetCode(ada), await resetCode(ben)];

  for (let tries = 0; tries < 5; tries += 1) await confirmReset(ada.email, otherThan(adas)).expect(422);
  await confirmReset(ada.email, adas).expect(422);
  world.clock.advance(30 * 60_000 + 1);

  await confirmReset(ben.email, bens).expect(422);
});

test('limits what one address asks for, and what is asked for one person, known or not', async () => {
  for (const email of ['known_limit@example.com', 'unknown_limit@example.com']) {
    if (email.startsWith('known')) await world.person('known_limit');
    for (let asked = 0; asked < 5; asked += 1) await requestReset(email, '203.0.113.9').expect(202);

    const refused = await requestReset(email, '203.0.113.9').expect(429);

    expect(refused.body.code).toBe('rate_limited');
    expect(refused.headers['ratelimit-policy']).toBe('"reset";q=5;w=3600');
    await requestReset(email, '203.0.113.10').expect(202);
  }
});

test('bounds the tries over all the codes of a day', async () => {
  const email = 'guessed@example.com';
  for (let tries = 0; tries < 100; tries += 1) await confirmReset(email, '000000').expect(422);

  await confirmReset(email, '000000').expect(429);

  world.clock.advance(24 * 60 * 60_000);
  await confirmReset(email, '000000').expect(422);
});

test('a stranger who uses up the tries of one address leaves the person theirs', async () => {
  const ada = await aPerson();
  const stranger = '203.0.113.20';
  for (let asked = 0; asked < 5; asked += 1) await requestReset(ada.email, stranger).expect(202);
  await requestReset(ada.email, stranger).expect(429);
  for (let tries = 0; tries < 120; tries += 1) await confirmReset(ada.email, '000000', newPassword, stranger);
  await confirmReset(ada.email, '000000', newPassword, stranger).expect(429);

  const before = mailsTo(world, ada.email).length;
  await requestReset(ada.email, '203.0.113.21').expect(202);
  const code = await codeTo(world, ada.email, { count: before + 1 });

  await confirmReset(ada.email, code, newPassword, '203.0.113.21').expect(204);
});

test('a stranger cannot use up, from one address, the codes of a day', async () => {
  const email = 'flooded@example.com';
  for (let hours = 0; hours < 12; hours += 1) {
    for (let asked = 0; asked < 5; asked += 1) await requestReset(email, '203.0.113.22');
    world.clock.advance(60 * 60_000);
  }

  await requestReset(email, '203.0.113.22').expect(429);
  await requestReset(email, '203.0.113.23').expect(202);
});

test('a reset lets in somebody who has used up their tries at the password', async () => {
  const ada = await aPerson();
  for (let tries = 0; tries < 10; tries += 1) await signIn(ada.email, 'not it').expect(401);
  await signIn(ada.email, 'not it').expect(429);

  await confirmReset(ada.email, await resetCode(ada)).expect(204);

  await signIn(ada.email, newPassword).expect(201);
});

test('a code that was sent to a former address is void', async () => {
  const ada = await aPerson();
  await world.social.changeEmail({ as: ada.as, body: { email: 'after@new.example', password } }).expect(202);
  const proof = await codeTo(world, 'after@new.example');
  const code = await resetCode(ada);

  await world.social.confirmVerification({ as: ada.as, body: { code: proof } }).expect(204);

  await confirmReset(ada.email, code).expect(422);
  await confirmReset('after@new.example', code).expect(422);
});

test('changes the password of somebody who knows it, and signs out every other device', async () => {
  const ada = await aPerson();
  const other = await signIn(ada.email, password).expect(201);

  await change(ada, password).expect(204);

  await refresh(ada.refreshToken).expect(200);
  await refresh(other.body.session.refreshToken).expect(401);
  await signIn(ada.email, newPassword).expect(201);
  await waitFor('the mail that tells', () => mailsTo(world, ada.email)[0]?.subject === changed);
});

test('refuses a wrong password, and stops guessing after ten', async () => {
  const ada = await aPerson();

  expect((await change(ada, 'not it').expect(401)).body.code).toBe('wrong_password');
  for (let tries = 1; tries < 10; tries += 1) await change(ada, 'not it').expect(401);

  await change(ada, password).expect(429);
  await refresh(ada.refreshToken).expect(200);
});

test('of several changes at once, one counts', async () => {
  const ada = await aPerson();
  const words = ['first-of-three-1', 'second-of-three-2', 'third-of-three-3'];

  const answers = await Promise.all(words.map((word) => change(ada, password, word)));

  expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401]);
  const winner = words[answers.findIndex(({ status }) => status === 204)] ?? '';
  await signIn(ada.email, winner).expect(201);
});

test('nobody who signs in with the old password at that moment stays signed in', async () => {
  const ada = await aPerson();

  const [changedNow, ...entries] = await Promise.all([
    change(ada, password),
    ...Array.from({ length: 6 }, () => signIn(ada.email, password)),
  ]);

  expect(changedNow.status).toBe(204);
  for (const entry of entries.filter(({ status }) => status === 201))
    await refresh((entry.body as { session: { refreshToken: string } }).session.refreshToken).expect(401);
});

test.each([
  ['a short one', 'short'],
  ['one without end', 'x'.repeat(129)],
])('refuses %s as a new password', async (_what, word) => {
  const ada = await world.person();

  await change(ada, password, word).expect(400);
  await confirmReset(ada.email, '123456', word).expect(400);
});

test('is closed to those whom it is not for', async () => {
  const ada = await world.person();

  await world.social.requestPasswordReset({ as: ada.as, body: { email: ada.email } }).expect(403);
  await world.social.confirmPasswordReset({ as: ada.as, body: { email: ada.email, code: '000000', newPassword } }).expect(403); // prettier-ignore
  await world.social.changePassword({ as: service, body: { currentPassword: password, newPassword, sessionId: ada.sessionId } }).expect(403); // prettier-ignore
});
