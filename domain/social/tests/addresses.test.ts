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
const minute = 60_000;

const request = ({ as }: Person) => world.social.requestVerification({ as });
const confirm = ({ as }: Person, code: string) => world.social.confirmVerification({ as, body: { code } });
const changeEmail = ({ as }: Person, email: string, word = password) =>
  world.social.changeEmail({ as, body: { email, password: word } });
const meOf = async ({ as }: Person) => (await world.social.getMe({ as }).expect(200)).body;
const subjectsTo = (email: string) => mailsTo(world, email).map(({ subject }) => subject);

test('sends a code at the registration, which proves the address', async () => {
  const ada = await world.person();
  expect((await meOf(ada)).emailVerified).toBe(false);

  await confirm(ada, await codeTo(world, ada.email)).expect(204);

  expect(await meOf(ada)).toMatchObject({ email: ada.email, emailVerified: true, pendingEmail: null });
});

test('the mail says what to do, as text and as HTML, and nothing of a person', async () => {
  const ada = await world.person('ada_of_the_mail');
  const code = await codeTo(world, ada.email);

  const [mail] = mailsTo(world, ada.email);

  expect(mail).toMatchObject({ from: 'no-reply@clync.example', to: [ada.email], subject: 'Your CLYNC code' });
  expect(mail?.text).toContain('good for 30 minutes');
  expect(mail?.html).toContain(code);
  expect(`${mail?.text ?? ''}${mail?.html ?? ''}`).not.toMatch(/ada_of|Name of/);
});

test('a code is kept nowhere in clear', async () => {
  const ada = await world.person();
  const code = await codeTo(world, ada.email);

  const [kept] = await world.query<{ row: string }>(
    'SELECT row_to_json(c)::text AS row FROM email_code c WHERE account_id = $1',
    ada.id,
  );
  const jobs = await world.query<{ row: string }>(
    'SELECT row_to_json(j)::text AS row FROM social_jobs._private_jobs j',
  );

  expect(kept?.row).toContain('$argon2id$');
  expect([kept, ...jobs].map((row) => row?.row).join()).not.toContain(code);
});

test('a new code takes the place of the one before', async () => {
  const ada = await world.person();
  const first = await codeTo(world, ada.email);

  await request(ada).expect(202);
  const second = await codeTo(world, ada.email, { count: 2 });

  if (first !== second) expect((await confirm(ada, first).expect(422)).body.code).toBe('invalid_code');
  await confirm(ada, second).expect(204);
  expect((await request(ada).expect(409)).body.code).toBe('already_verified');
  await confirm(ada, second).expect(422);
});

test('a code is good for 30 minutes', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const [adas, bens] = [await codeTo(world, ada.email), await codeTo(world, ben.email)];

  world.clock.advance(29 * minute);
  await confirm(ada, adas).expect(204);
  world.clock.advance(minute + 1);

  expect((await confirm(ben, bens).expect(422)).body.code).toBe('invalid_code');
});

test('a code is good for five tries, one after the other or at once', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const [adas, bens] = [await codeTo(world, ada.email), await codeTo(world, ben.email)];

  for (let tries = 0; tries < 4; tries += 1) await confirm(ada, otherThan(adas)).expect(422);
  await confirm(ada, adas).expect(204);
  const guesses = await Promise.all(Array.from({ length: 12 }, () => confirm(ben, otherThan(bens))));

  expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([422]));
  await confirm(ben, bens).expect(422);
});

test('of two who confirm the same code at once, one is served', async () => {
  const ada = await world.person();
  const code = await codeTo(world, ada.email);

  const answers = await Promise.all([1, 2, 3].map(() => confirm(ada, code)));

  expect(answers.map(({ status }) => status).sort()).toEqual([204, 422, 422]);
});

test('another’s code proves nothing', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const [adas, bens] = [await codeTo(world, ada.email), await codeTo(world, ben.email)];

  if (adas !== bens) await confirm(ben, adas).expect(422);

  expect((await meOf(ben)).emailVerified).toBe(false);
});

test('asked for twice at once, a code is sent once; more than five mails an hour are refused', async () => {
  const ada = await world.person();
  await codeTo(world, ada.email);

  const answers = await Promise.all(Array.from({ length: 8 }, () => request(ada)));

  expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 202, 202, 429, 429, 429]);
  const refusal = answers.find(({ status }) => status === 429);
  expect(Number(refusal?.headers['retry-after'])).toBeGreaterThan(3_500);
  expect(refusal?.headers['ratelimit-policy']).toBe('"mail";q=5;w=3600');
  await world.jobsDone();
  expect(mailsTo(world, ada.email).length).toBeLessThan(7);
});

test('refuses what is no code', async () => {
  const ada = await world.person();

  for (const code of ['', '12345', '1234567', 'abcdef', '１２３４５６']) await confirm(ada, code).expect(400);
  await world.social.confirmVerification({ as: service, body: { code: '000000' } }).expect(403);
});

test('a new address is the person’s once it is proved; the old one is told', async () => {
  const ada = await world.person('ada_moves');
  await codeTo(world, ada.email);

  const { body } = await changeEmail(ada, 'ada@new.example').expect(202);
  expect(body).toEqual({ pendingEmail: 'ada@new.example' });
  expect(await meOf(ada)).toMatchObject({ email: ada.email, pendingEmail: 'ada@new.example' });
  await waitFor('word to the old address', () => subjectsTo(ada.email).length === 2);

  await confirm(ada, await codeTo(world, 'ada@new.example')).expect(204);

  expect(await meOf(ada)).toMatchObject({ email: 'ada@new.example', emailVerified: true, pendingEmail: null });
  await world.jobsDone();
  expect(subjectsTo(ada.email)).toEqual([
    'The e-mail address of your CLYNC account was changed',
    'A new e-mail address for your CLYNC account',
    'Your CLYNC code',
  ]);
  const signIn = (email: string) => world.social.createSession({ as: service, body: { email, password } });
  await signIn('ada@new.example').expect(201);
  await signIn(ada.email).expect(401);
});

test('the version of what a person reads of themselves moves with the address', async () => {
  const ada = await world.person();
  const before = await world.social.getMe({ as: ada.as }).expect(200);

  await changeEmail(ada, 'moved@new.example').expect(202);

  const after = await world.social.getMe({ as: ada.as }).expect(200);
  expect(after.headers['etag']).not.toBe(before.headers['etag']);
});

test('the code for the old address does not prove the new one', async () => {
  const ada = await world.person();
  const old = await codeTo(world, ada.email);

  await changeEmail(ada, 'elsewhere@new.example').expect(202);

  await confirm(ada, old).expect(422);
  expect((await meOf(ada)).email).toBe(ada.email);
});

test('the present address takes a change back', async () => {
  const ada = await world.person();
  await changeEmail(ada, 'regretted@new.example').expect(202);
  const code = await codeTo(world, 'regretted@new.example');

  expect((await changeEmail(ada, ada.email.toUpperCase()).expect(202)).body).toEqual({ pendingEmail: null });

  await confirm(ada, code).expect(422);
  expect(await meOf(ada)).toMatchObject({ email: ada.email, pendingEmail: null });
});

test('refuses an address that somebody has, before and at the confirmation, and a wrong password', async () => {
  const [ada, ben] = [await world.person(), await world.person()];

  expect((await changeEmail(ada, ben.email.toUpperCase()).expect(409)).body.code).toBe('email_taken');
  expect((await changeEmail(ada, 'x@new.example', 'not it').expect(401)).body.code).toBe('wrong_password');

  await changeEmail(ada, 'both@new.example').expect(202);
  const adas = await codeTo(world, 'both@new.example');
  await changeEmail(ben, 'both@new.example').expect(202);
  const bens = await codeTo(world, 'both@new.example', { count: 2 });
  await confirm(ben, bens).expect(204);
  expect((await confirm(ada, adas).expect(409)).body.code).toBe('email_taken');
  expect((await meOf(ada)).email).toBe(ada.email);
});

test('a suspended person can still change their address', async () => {
  const ada = await world.person();
  const decision = { decisionId: crypto.randomUUID(), reason: 'Spam' };
  await world.social.suspendAccount({ as: { staffId: 's' }, path: { userId: ada.id }, body: decision }).expect(200);

  await changeEmail(ada, 'suspended@new.example').expect(202);

  await confirm(ada, await codeTo(world, 'suspended@new.example')).expect(204);
});

test('codes that have expired are forgotten at night', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  for (const { email } of [ada, ben]) await codeTo(world, email);
  await world.query(`UPDATE email_code SET expires_at = now() - interval '1 day' WHERE account_id = $1`, ada.id);

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  const kept = await world.query<{ id: string }>('SELECT account_id AS id FROM email_code');
  expect(kept.map(({ id }) => id).filter((id) => [ada.id, ben.id].includes(id))).toEqual([ben.id]);
});
