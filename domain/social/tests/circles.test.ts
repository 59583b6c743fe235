import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '#platform/ids';
import { waitFor } from '#platform/testing/wait';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

async function makeCircle(owner: Person, name = 'Family') {
  return (await world.social.createCircle({ as: owner.as, body: { name } }).expect(201)).body;
}

const add = (owner: Person, circleId: string, userId: string) =>
  world.social.addCircleMember({ as: owner.as, path: { circleId, userId } });

async function membersOf(owner: Person, circleId: string): Promise<string[]> {
  const call = { as: owner.as, path: { circleId }, query: {} };
  return (await world.social.listCircleMembers(call).expect(200)).body.items.map(({ id }) => id);
}

/** Ids of people who are there, without the cost of a password each. */
async function insertPeople(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId(world.clock.now()));
  await world.query(
    `INSERT INTO account (id, email, password_hash, created_at, last_active_at)
     SELECT id, id::text || '@example.com', '', now(), now() FROM unnest($1::uuid[]) id`,
    ids,
  );
  await world.query(
    `INSERT INTO profile (account_id, handle, display_name)
     SELECT id, right(id::text, 12), 'Somebody' FROM unnest($1::uuid[]) id`,
    ids,
  );
  return ids;
}

test('makes, shows, names anew and deletes a circle', async () => {
  const { as } = await world.person();
  const { body: circle } = await world.social.createCircle({ as, body: { name: 'Family' } }).expect(201);
  const path = { circleId: circle.id };

  const read = await world.social.getCircle({ as, path }).expect(200);
  const renamed = await world.social.updateCircle({ as, path, body: { name: 'Close family' } }).expect(200);

  expect(read.body).toEqual({ id: circle.id, name: 'Family', createdAt: world.clock.now().toISOString() });
  expect(renamed.body).toEqual({ ...circle, name: 'Close family' });
  await world.social.deleteCircle({ as, path }).expect(204);
  await world.social.deleteCircle({ as, path }).expect(404);
  await world.social.getCircle({ as, path }).expect(404);
});

test('refuses a change made on an older version', async () => {
  const ada = await world.person();
  const { id: circleId } = await makeCircle(ada);
  const path = { circleId };
  const read = await world.social.getCircle({ as: ada.as, path }).expect(200);
  const headers = { 'If-Match': read.headers['etag'] ?? '' };
  const one = await world.social.updateCircle({ as: ada.as, path, headers, body: { name: 'one' } }).expect(200);

  const stale = await world.social.updateCircle({ as: ada.as, path, headers, body: { name: 'two' } }).expect(412);

  expect(stale.body.code).toBe('precondition_failed');
  const newer = { 'If-Match': one.headers['etag'] ?? '' };
  await world.social.updateCircle({ as: ada.as, path, headers: newer, body: { name: 'two' } }).expect(200);
});

test('of parallel changes on one version one comes through', async () => {
  const ada = await world.person();
  const path = { circleId: (await makeCircle(ada)).id };
  const read = await world.social.getCircle({ as: ada.as, path }).expect(200);
  const headers = { 'If-Match': read.headers['etag'] ?? '' };

  const answers = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) => world.social.updateCircle({ as: ada.as, path, headers, body: { name } })),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
});

test("another's circle is not there, for anything", async () => {
  const [ada, eve, ben] = [await world.person(), await world.person(), await world.person()];
  const { id } = await makeCircle(ada);
  await add(ada, id, ben.id).expect(204);

  for (const circleId of [id, missing]) {
    const [path, member] = [{ circleId }, { circleId, userId: ben.id }];
    const answers = [
      await world.social.getCircle({ as: eve.as, path }).expect(404),
      await world.social.updateCircle({ as: eve.as, path, body: { name: 'x' } }).expect(404),
      await world.social.deleteCircle({ as: eve.as, path }).expect(404),
      await world.social.listCircleMembers({ as: eve.as, path, query: {} }).expect(404),
      await world.social.addCircleMember({ as: eve.as, path: member }).expect(404),
      await world.social.addCircleMember({ as: eve.as, path: { circleId, userId: eve.id } }).expect(404),
      await world.social.removeCircleMember({ as: eve.as, path: member }).expect(404),
      await world.social.getCircle({ as: ben.as, path }).expect(404),
    ];
    expect(answers.map(({ body }) => body.code)).toEqual(answers.map(() => 'not_found'));
  }
  expect((await world.social.listCircles({ as: ben.as, query: {} }).expect(200)).body.items).toEqual([]);
  expect(await membersOf(ada, id)).toEqual([ben.id]);
});

test('lists circles newest first, with their members counted, in pages', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const made = [];
  for (const name of ['one', 'two', 'three']) {
    world.clock.advance(1_000);
    made.unshift(await makeCircle(ada, name));
  }
  await add(ada, made[0]?.id ?? '', ben.id).expect(204);

  const first = await world.social.listCircles({ as: ada.as, query: { limit: 2 } }).expect(200);
  const cursor = first.body.nextCursor ?? '';
  const second = await world.social.listCircles({ as: ada.as, query: { limit: 2, cursor } }).expect(200);

  expect([...first.body.items, ...second.body.items]).toEqual(
    made.map((circle, place) => ({ ...circle, memberCount: place === 0 ? 1 : 0 })),
  );
  expect(second.body.nextCursor).toBeNull();
});

test('puts people in and takes them out, once, telling nobody', async () => {
  const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
  const { id: circleId } = await makeCircle(ada);

  await add(ada, circleId, ben.id.toUpperCase()).expect(204);
  await add(ada, circleId, ben.id).expect(204);
  world.clock.advance(1_000);
  await add(ada, circleId, cleo.id).expect(204);

  expect(await membersOf(ada, circleId)).toEqual([cleo.id, ben.id]);
  const remove = { as: ada.as, path: { circleId, userId: ben.id } };
  await world.social.removeCircleMember(remove).expect(204);
  await world.social.removeCircleMember(remove).expect(204);
  expect(await membersOf(ada, circleId)).toEqual([cleo.id]);
  const told = await world.social.listNotifications({ as: ben.as, query: {} }).expect(200);
  expect(told.body.items).toEqual([]);
});

test('lists members in pages', async () => {
  const ada = await world.person();
  const { id: circleId } = await makeCircle(ada);
  const people = await insertPeople(5);
  for (const id of people) {
    world.clock.advance(1_000);
    await add(ada, circleId, id).expect(204);
  }
  const page = async (query: { limit: number; cursor?: string }) =>
    (await world.social.listCircleMembers({ as: ada.as, path: { circleId }, query }).expect(200)).body;

  const first = await page({ limit: 3 });
  const second = await page({ limit: 3, cursor: first.nextCursor ?? '' });

  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([...people].reverse());
  expect(second.nextCursor).toBeNull();
});

test('refuses oneself, nobody, and whom one cannot see', async () => {
  const [ada, blocked, blocking, leaving] = [
    await world.person(),
    await world.person(),
    await world.person(),
    await world.person(),
  ];
  const { id: circleId } = await makeCircle(ada);
  await world.social.blockUser({ as: ada.as, path: { userId: blocked.id } }).expect(204);
  await world.social.blockUser({ as: blocking.as, path: { userId: ada.id } }).expect(204);
  await world.query('INSERT INTO account_closure VALUES ($1, now(), now())', leaving.id);

  expect((await add(ada, circleId, ada.id).expect(422)).body.code).toBe('self_relation');
  for (const userId of [missing, blocked.id, blocking.id, leaving.id]) {
    expect((await add(ada, circleId, userId).expect(404)).body.code).toBe('not_found');
  }
  expect(await membersOf(ada, circleId)).toEqual([]);
});

test('a block takes each out of the other’s circles, for good', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const [adas, bens] = [await makeCircle(ada), await makeCircle(ben)];
  await add(ada, adas.id, ben.id).expect(204);
  await add(ben, bens.id, ada.id).expect(204);

  await world.social.blockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);
  await world.social.unblockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);

  expect([await membersOf(ada, adas.id), await membersOf(ben, bens.id)]).toEqual([[], []]);
});

test('a block that comes at the same time leaves nobody in a circle', async () => {
  const ada = await world.person();
  const { id: circleId } = await makeCircle(ada);
  const people = await Promise.all(Array.from({ length: 8 }, () => world.person()));

  const answers = await Promise.all(
    people.flatMap((person) => [
      add(ada, circleId, person.id),
      world.social.blockUser({ as: person.as, path: { userId: ada.id } }),
    ]),
  );

  expect(answers.filter(({ status }) => status !== 204 && status !== 404)).toEqual([]);
  expect(await world.query('SELECT member_id FROM circle_member WHERE circle_id = $1', circleId)).toEqual([]);
});

test('somebody who is leaving is in no list and no count, and is back when they stay', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const { id: circleId } = await makeCircle(ada);
  await add(ada, circleId, ben.id).expect(204);
  const countOf = async () =>
    (await world.social.listCircles({ as: ada.as, query: {} }).expect(200)).body.items[0]?.memberCount;

  await world.query('INSERT INTO account_closure VALUES ($1, now(), now())', ben.id);
  const meanwhile = [await countOf(), await membersOf(ada, circleId)];
  await world.query('DELETE FROM account_closure WHERE account_id = $1', ben.id);

  expect(meanwhile).toEqual([0, []]);
  expect([await countOf(), await membersOf(ada, circleId)]).toEqual([1, [ben.id]]);
});

test.each([[{}], [{ name: '' }], [{ name: ' ' }], [{ name: 'x'.repeat(61) }], [{ name: 'x', members: [] }]])(
  'refuses the circle %j',
  async (body) => {
    const ada = await world.person();
    const { id: circleId } = await makeCircle(ada);

    await world.social.createCircle({ as: ada.as, body: body as { name: string } }).expect(400);
    await world.social.updateCircle({ as: ada.as, path: { circleId }, body: body as { name: string } }).expect(400);
  },
);

test('one key, one circle', async () => {
  const { as } = await world.person();
  const headers = { 'Idempotency-Key': 'k' };

  const first = await world.social.createCircle({ as, headers, body: { name: 'Once' } }).expect(201);
  const again = await world.social.createCircle({ as, headers, body: { name: 'Once' } }).expect(201);

  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  await world.social.createCircle({ as, headers, body: { name: 'Twice' } }).expect(422);
});

test('makes 50 circles and not one more, also at the same time', async () => {
  const ada = await world.person();
  await world.query(
    `INSERT INTO circle (id, owner_id, name, created_at) SELECT id, $1, 'One', now() FROM unnest($2::uuid[]) id`,
    ada.id,
    Array.from({ length: 46 }, () => newId(world.clock.now())),
  );

  const answers = await Promise.all(
    Array.from({ length: 8 }, () => world.social.createCircle({ as: ada.as, body: { name: 'More' } })),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 409, 409, 409, 409]);
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'circles_full' });
});

test('takes 500 members and not one more, also at the same time', async () => {
  const ada = await world.person();
  const { id: circleId } = await makeCircle(ada);
  const [present, more] = [await insertPeople(496), await insertPeople(8)];
  await world.query(
    'INSERT INTO circle_member (circle_id, member_id, added_at) SELECT $1, id, now() FROM unnest($2::uuid[]) id',
    circleId,
    present,
  );

  const answers = await Promise.all(more.map((id) => add(ada, circleId, id)));

  expect(answers.map(({ status }) => status).sort()).toEqual([204, 204, 204, 204, 409, 409, 409, 409]);
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'circle_full' });
  await add(ada, circleId, present[0] ?? '').expect(204);
});

test('what was posted to a deleted circle is seen by its author alone', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const { id: circleId } = await makeCircle(ada);
  await add(ada, circleId, ben.id).expect(204);
  const { body: post } = await world.social
    .createPost({ as: ada.as, body: { text: 'For the circle', visibility: 'circle', circleId } })
    .expect(201);
  await world.social.getPost({ as: ben.as, path: { postId: post.id } }).expect(200);

  await world.social.deleteCircle({ as: ada.as, path: { circleId } }).expect(204);

  await world.social.getPost({ as: ben.as, path: { postId: post.id } }).expect(404);
  await world.social.getPost({ as: ada.as, path: { postId: post.id } }).expect(200);
});

test('a circle that is being deleted while somebody posts to it is not there', async () => {
  const ada = await world.person();
  const { id: circleId } = await makeCircle(ada);
  const deleted = world.query(`BEGIN; DELETE FROM circle WHERE id = '${circleId}'; SELECT pg_sleep(1); COMMIT`);
  await waitFor('the circle to be deleted', async () => {
    const asleep = `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%${circleId}%'`;
    return (await world.query(asleep)).length > 0;
  });

  const body = { text: 'Too late', visibility: 'circle', circleId } as const;
  const answer = await world.social.createPost({ as: ada.as, body });
  await deleted;

  expect([answer.status, answer.body]).toEqual([404, expect.objectContaining({ code: 'not_found' })]);
});
