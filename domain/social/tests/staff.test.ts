import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld, password } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const staff = { staffId: 'staff-7' };
const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

function suspend({ id }: Person, extra: { until?: string; decisionId?: string } = {}) {
  const body = { decisionId: randomUUID(), reason: 'Spam', ...extra };
  return world.social.suspendAccount({ as: staff, path: { userId: id }, body });
}
function restore({ id }: Person, decisionId: string = randomUUID()) {
  return world.social.restoreAccount({ as: staff, path: { userId: id }, body: { decisionId, reason: 'Appeal' } });
}
const post = ({ as }: Person) => world.social.createPost({ as, body: { text: 'Hello', visibility: 'public' } });

test('finds people by a part of handle, address or name, and by the beginning of the id', async () => {
  const ada = await world.person('ada_lovelace');
  const find = async (q: string) => {
    const { body } = await world.social.listAccounts({ as: staff, query: { q } }).expect(200);
    return body.items.map(({ id }) => id);
  };

  expect(await find('LOVELACE')).toEqual([ada.id]);
  expect(await find('lovelace@exa')).toEqual([ada.id]);
  expect(await find('Name of ada')).toEqual([ada.id]);
  expect(await find(ada.id)).toEqual([ada.id]);
  expect(await find(ada.id.slice(0, 30))).toEqual([ada.id]);
  expect(await find('100%_sure')).toEqual([]);
});

test('lists everybody, newest first, page by page', async () => {
  for (let count = 0; count < 5; count += 1) await world.person();
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 2, ...(cursor !== null && { cursor }) };
    const { body } = await world.social.listAccounts({ as: staff, query }).expect(200);
    seen.push(...body.items.map(({ id }) => id));
    cursor = body.nextCursor;
  } while (cursor !== null);

  const [row] = await world.query<{ ids: string[] }>('SELECT array_agg(id ORDER BY id DESC) AS ids FROM account');
  expect(seen).toEqual(row?.ids);
});

test('a suspended person can read and sign in, but not act', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const { body: bens } = await post(ben).expect(201);

  const { body } = await suspend(ada).expect(200);

  expect(body).toMatchObject({
    id: ada.id,
    status: 'suspended',
    activeSessions: 0,
    suspension: { reason: 'Spam', until: null },
  });
  expect((await post(ada).expect(403)).body.code).toBe('account_suspended');
  expect((await world.social.assertMayAct({ as: ada.as }).expect(403)).body.code).toBe('account_suspended');
  await world.social.setReaction({ as: ada.as, path: { postId: bens.id, kind: 'like' } }).expect(403);
  await world.social.followUser({ as: ada.as, path: { userId: ben.id } }).expect(403);
  await world.social.createMedia({ as: ada.as, body: { contentType: 'image/png', byteLength: 9 } }).expect(403);
  await world.social.refreshSession({ as: { service: true }, body: { refreshToken: ada.refreshToken } }).expect(401);
  await world.social.createSession({ as: { service: true }, body: { email: ada.email, password } }).expect(201);
  await world.social.getHome({ as: ada.as, query: {} }).expect(200);
  const found = await world.social.listAccounts({ as: staff, query: { status: 'suspended' } }).expect(200);
  expect(found.body.items.map(({ id }) => id)).toEqual([ada.id]);

  expect((await restore(ada).expect(200)).body).toMatchObject({ status: 'active', suspension: null });
  await post(ada).expect(201);
  await world.social.assertMayAct({ as: ada.as }).expect(204);
});

test('a timed suspension ends by itself', async () => {
  const ada = await world.person();
  await suspend(ada, { until: new Date(world.clock.now().getTime() + 60_000).toISOString() }).expect(200);
  await post(ada).expect(403);

  world.clock.advance(60_000);

  await post(ada).expect(201);
  const { body } = await world.social.getAccount({ as: staff, path: { userId: ada.id } }).expect(200);
  expect(body).toMatchObject({ status: 'active', suspension: null });
});

test('a decision counts once', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const decisionId = randomUUID();
  await suspend(ada, { decisionId }).expect(200);
  await restore(ada).expect(200);

  const again = await suspend(ada, { decisionId }).expect(200);

  expect(again.body.status).toBe('active');
  expect((await suspend(ben, { decisionId }).expect(409)).body.code).toBe('decision_reused');
  await restore(ada, decisionId).expect(409);
});

test('refuses decisions that are not complete, and people who are not there', async () => {
  const ada = await world.person();
  const decide = (body: object) =>
    world.social.suspendAccount({
      as: staff,
      path: { userId: ada.id },
      body: body as { decisionId: string; reason: string },
    });

  await decide({ decisionId: randomUUID() }).expect(400);
  await decide({ decisionId: randomUUID(), reason: '  ' }).expect(400);
  await decide({ decisionId: 'x', reason: 'Spam' }).expect(400);
  await decide({ decisionId: randomUUID(), reason: 'Spam', until: 'tomorrow' }).expect(400);
  await decide({ decisionId: randomUUID(), reason: 'Spam', until: '2027-12-31T23:59:60Z' }).expect(400);
  await decide({ decisionId: randomUUID(), reason: 'Spam', until: '2020-01-01T00:00:00Z' }).expect(400);
  await decide({ decisionId: randomUUID(), reason: 'Spam', note: 'x' }).expect(400);
  await world.social.getAccount({ as: staff, path: { userId: missing } }).expect(404);
  await suspend({ ...ada, id: missing }).expect(404);
  await world.social.getAccount({ as: ada.as, path: { userId: ada.id } }).expect(403);
});

test('finds those who registered from a moment on', async () => {
  await world.person();
  world.clock.advance(60_000);
  const createdFrom = world.clock.now().toISOString();
  const ben = await world.person();
  const find = (moment: string) => world.social.listAccounts({ as: staff, query: { createdFrom: moment } });

  expect((await find(createdFrom).expect(200)).body.items.map(({ id }) => id)).toEqual([ben.id]);
  await find('2027-12-31T23:59:60Z').expect(400);
});

test('shows where a person is and was signed in, and how it ended', async () => {
  const ada = await world.person();
  const list = (userId: string) => world.social.listSessionsForStaff({ as: staff, path: { userId } }).expect(200);
  const signOut = { decisionId: randomUUID(), reason: 'Stolen' };
  await world.social.endAccountSessions({ as: staff, path: { userId: ada.id }, body: signOut }).expect(200);
  world.clock.advance(1_000);
  const again = { email: ada.email, password, deviceName: 'Tablet' };
  await world.social.createSession({ as: { service: true }, body: again }).expect(201);

  expect((await list(ada.id)).body.items).toMatchObject([
    { deviceName: 'Tablet', endedAt: null, endReason: null },
    { id: ada.sessionId, endedAt: expect.any(String), endReason: 'ended_by_staff' },
  ]);
  expect((await list(missing)).body.items).toEqual([]);
  await world.social.listSessionsForStaff({ as: ada.as, path: { userId: ada.id } }).expect(403);
});

test('counts as the lists do', async () => {
  const [ada, ben, eve] = [await world.person(), await world.person(), await world.person()];
  const inAnHour = new Date(world.clock.now().getTime() + 3_600_000).toISOString();
  for (const person of [ada, ben]) await suspend(person).expect(200);
  await suspend(eve, { until: inAnHour }).expect(200);
  const { body: sanctions } = await world.social.listSanctions({ as: ada.as, query: {} }).expect(200);
  const path = { sanctionId: sanctions.items[0]?.id ?? '' };
  await world.social.appealSanction({ as: ada.as, path, body: { text: 'It was a quotation' } }).expect(201);
  world.clock.advance(3_600_000);
  const newFrom = world.clock.now().toISOString();
  await world.person();

  const { body } = await world.social.getStaffFigures({ as: staff, query: { newFrom } }).expect(200);
  const count = async (query: object) =>
    (await world.social.listAccounts({ as: staff, query: { limit: 100, ...query } }).expect(200)).body.items.length;

  expect(body).toMatchObject({
    people: await count({}),
    activePeople: await count({ status: 'active' }),
    suspendedPeople: await count({ status: 'suspended' }),
    newPeople: await count({ createdFrom: newFrom }),
    openAppeals: 1,
    failedJobs: 0,
  });
  expect([body.newPeople, body.suspendedPeople]).toEqual([1, 2]);
});

test('lists the jobs that were given up, newest first, without what they were about', async () => {
  for (const attempts of [25, 25, 24]) {
    await world.query(`SELECT social_jobs.add_job('nobodyRunsThis', '{"secret": 1}')`);
    await world.query(
      'UPDATE social_jobs._private_jobs SET attempts = $1 WHERE id = (SELECT max(id) FROM social_jobs._private_jobs)',
      attempts,
    );
  }
  await world.query(`SELECT social_jobs.add_job('nobodyRunsThis', max_attempts := 1)`);
  await world.query('UPDATE social_jobs._private_jobs SET attempts = 1 WHERE max_attempts = 1');

  const first = await world.social.listFailedJobs({ as: staff, query: { limit: 1 } }).expect(200);
  const query = { cursor: first.body.nextCursor ?? '' };
  const rest = await world.social.listFailedJobs({ as: staff, query }).expect(200);
  const newFrom = world.clock.now().toISOString();
  const figures = await world.social.getStaffFigures({ as: staff, query: { newFrom } }).expect(200);

  const jobs = [...first.body.items, ...rest.body.items];
  expect(jobs).toMatchObject([{ name: 'nobodyRunsThis', attempts: 25 }, { name: 'nobodyRunsThis' }]);
  expect(Number(jobs[0]?.id)).toBeGreaterThan(Number(jobs[1]?.id));
  expect(rest.body.nextCursor).toBeNull();
  expect(JSON.stringify(jobs)).not.toContain('secret');
  expect(figures.body.failedJobs).toBe(jobs.length);
  await world.social.listFailedJobs({ as: staff, query: { cursor: 'bm90IGEgY3Vyc29y' } }).expect(400);
  await world.social.listFailedJobs({ as: { service: true } }).expect(403);
});

test('takes no word of a process for what another one does', async () => {
  const phone = await world.clientOf('bff-mobile');
  const path = { userId: randomUUID(), noticeId: randomUUID() };
  const notice = { kind: 'transfer_settled', subject: { type: 'transfer', id: randomUUID() } } as const;

  const asStaff = await phone.listAccounts({ as: staff });
  const asFinancial = await phone.putNotice({ as: { service: true }, path, body: notice });

  for (const { status, body } of [asStaff, asFinancial]) {
    expect([status, (body as { code: string }).code]).toEqual([403, 'forbidden']);
  }
});
