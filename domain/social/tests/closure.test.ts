import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createLeavingWorld, dayMs } from './leaving-world.ts';
import type { LeavingWorld } from './leaving-world.ts';
import { password } from './world.ts';

let world: LeavingWorld;
beforeAll(async () => {
  world = await createLeavingWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  Object.assign(world.money, { blockers: [], lateBlockers: [], flagshipFailures: 0 });
});

const service = { service: true } as const;

test('says when the account will be deleted, signs out everywhere and tells by mail', async () => {
  const ada = await world.person();
  await world.signIn(ada, password).expect(201);

  const { effectiveAt } = await world.leave(ada);

  expect(Date.parse(effectiveAt) - world.clock.now().getTime()).toBe(14 * dayMs);
  await world.social.refreshSession({ as: service, body: { refreshToken: ada.refreshToken } }).expect(401);
  expect(await world.query('SELECT DISTINCT end_reason AS reason FROM session WHERE account_id = $1', ada.id)).toEqual([
    { reason: 'account_closed' },
  ]);
  await world.runJobs();
  expect(world.subjectsTo(ada)).toContain('Your CLYNC account will be deleted');
});

test('closes once, however often and at once it is asked for', async () => {
  const ada = await world.person();

  const answers = await Promise.all([1, 2, 3, 4].map(() => world.leave(ada)));
  world.clock.advance(dayMs);
  const later = await world.leave(ada);

  expect(new Set([...answers, later].map(({ effectiveAt }) => effectiveAt)).size).toBe(1);
});

test('nobody else sees a person who is leaving', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const post = { text: 'Still here', visibility: 'public' } as const;
  const { body: said } = await world.social.createPost({ as: ada.as, body: post }).expect(201);
  await world.social.followUser({ as: ben.as, path: { userId: ada.id } }).expect(200);
  await world.runJobs();

  await world.leave(ada);

  await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(404);
  await world.social.listProfilePosts({ as: ben.as, path: { handle: ada.handle } }).expect(404);
  await world.social.getPost({ as: ben.as, path: { postId: said.id } }).expect(404);
  await world.social.setReaction({ as: ben.as, path: { postId: said.id, kind: 'like' } }).expect(404);
  await world.social.followUser({ as: ben.as, path: { userId: ada.id } }).expect(404);
  expect((await world.social.listProfiles({ as: ben.as, query: { ids: [ada.id] } }).expect(200)).body.items).toEqual(
    [],
  );
  expect((await world.social.getHomeFeed({ as: ben.as }).expect(200)).body.items).toEqual([]);
});

test('signing in within the days of grace keeps everything as it was', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const post = { text: 'I may go', visibility: 'public' } as const;
  const { body: said } = await world.social.createPost({ as: ada.as, body: post }).expect(201);
  await world.leave(ada);

  world.clock.advance(13 * dayMs);
  await world.signIn(ada, 'wrong-password').expect(401);
  await world.social.getPost({ as: ben.as, path: { postId: said.id } }).expect(404);
  await world.signIn(ada, password).expect(201);
  await world.graceEnds();

  await world.social.getPost({ as: ben.as, path: { postId: said.id } }).expect(200);
  await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(200);
  expect(world.subjectsTo(ada)).toContain('You keep your CLYNC account');
  expect(world.money.erased.financial.map(({ userId }) => userId)).not.toContain(ada.id);
});

test('a sign-in that meets the request to leave either keeps the account or is signed out', async () => {
  const ada = await world.person();

  const [, signedIn] = await Promise.all([world.leave(ada), world.signIn(ada, password).expect(201)]);

  const closures = await world.query('SELECT FROM account_closure WHERE account_id = $1', ada.id);
  const { refreshToken } = signedIn.body.session;
  const refreshed = await world.social.refreshSession({ as: service, body: { refreshToken } });
  expect([closures.length, refreshed.status]).toEqual(closures.length === 0 ? [0, 200] : [1, 401]);
});

test('forgets the person in financial first, in flagship then, under one pseudonym, and here last', async () => {
  const ada = await world.person();
  await world.leave(ada);

  await world.graceEnds();

  const of = ({ userId }: { userId: string }) => userId === ada.id;
  const [inFinancial] = world.money.erased.financial.filter(of);
  expect(inFinancial?.pseudonym).toMatch(/^[\da-f-]{36}$/);
  expect(inFinancial?.pseudonym).not.toBe(ada.id);
  expect(world.money.erased.flagship.filter(of)).toEqual([inFinancial]);
  await world.signIn(ada, password).expect(401);
  expect(await world.query('SELECT FROM account WHERE id = $1', ada.id)).toEqual([]);
});

test('money that arrived puts the deletion off, and the person can come for it', async () => {
  const ada = await world.person();
  await world.leave(ada);
  world.money.blockers = [{ kind: 'balance', ids: [ada.id] }];

  await world.graceEnds();
  world.clock.advance(dayMs);
  await world.run('carryOutClosures');

  expect(world.money.erased.financial.map(({ userId }) => userId)).not.toContain(ada.id);
  const told = world.subjectsTo(ada).filter((subject) => subject === 'Your CLYNC account could not be deleted yet');
  expect(told).toHaveLength(1);
  await world.signIn(ada, password).expect(201);
  expect(await world.query('SELECT FROM account_closure WHERE account_id = $1', ada.id)).toEqual([]);
});

test('who comes back while their money is looked for keeps the account, and is told nothing else', async () => {
  const ada = await world.person();
  await world.leave(ada);
  world.money.blockers = [{ kind: 'balance', ids: [ada.id] }];
  world.money.meanwhile = async () => {
    await world.signIn(ada, password).expect(201);
  };

  await world.graceEnds();
  world.money.meanwhile = () => Promise.resolve();

  expect(world.subjectsTo(ada)).toContain('You keep your CLYNC account');
  expect(world.subjectsTo(ada)).not.toContain('Your CLYNC account could not be deleted yet');
  expect(await world.query('SELECT FROM account_closure WHERE account_id = $1', ada.id)).toEqual([]);
});

test('money that arrives at the last moment stops it before anything is forgotten', async () => {
  const ada = await world.person();
  await world.leave(ada);
  world.money.lateBlockers = [{ kind: 'pending_transfer', ids: [ada.id] }];
  await world.graceEnds();

  const stopped = world.money.erased.flagship.map(({ userId }) => userId);
  const [pseudonym] = await world.query('SELECT pseudonym FROM account_closure WHERE account_id = $1', ada.id);
  world.money.lateBlockers = [];
  await world.graceEnds();

  expect(stopped).not.toContain(ada.id);
  expect(world.money.erased.financial).toContainEqual({ userId: ada.id, ...(pseudonym as object) });
  expect(await world.query('SELECT FROM account WHERE id = $1', ada.id)).toEqual([]);
});

test('goes on after a failure half-way, under the same pseudonym; nobody signs in any more by then', async () => {
  const ada = await world.person();
  await world.leave(ada);
  world.money.flagshipFailures = 3;

  await world.graceEnds();

  const pseudonyms = world.money.erased.financial.filter(({ userId }) => userId === ada.id);
  expect(pseudonyms.length).toBeGreaterThan(1);
  expect(new Set(pseudonyms.map(({ pseudonym }) => pseudonym)).size).toBe(1);
  expect(await world.query('SELECT FROM account WHERE id = $1', ada.id)).toEqual([]);
});

test('nobody keeps an account that has begun to be deleted', async () => {
  const ada = await world.person();
  await world.leave(ada);
  await world.query('UPDATE account_closure SET started_at = now() WHERE account_id = $1', ada.id);

  expect((await world.signIn(ada, password).expect(401)).body.code).toBe('invalid_credentials');
  expect(await world.query('SELECT FROM account_closure WHERE account_id = $1', ada.id)).toHaveLength(1);
});

test('nobody else gets the handle, in whatever case, and everybody the e-mail address', async () => {
  const ada = await world.person();
  await world.leave(ada);
  await world.graceEnds();
  const registration = { email: ada.email, password, displayName: 'Not Ada' };

  for (const handle of [ada.handle, ada.handle.toUpperCase()]) {
    const { body } = await world.social.registerAccount({ as: service, body: { ...registration, handle } }).expect(409);
    expect(body.code).toBe('handle_taken');
  }
  await world.social.registerAccount({ as: service, body: { ...registration, handle: 'not-ada' } }).expect(201);
});
