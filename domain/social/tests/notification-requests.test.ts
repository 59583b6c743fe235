import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
const service = { service: true } as const;
type Policy = NonNullable<Parameters<World['social']['putNotificationPolicy']>[0]>['body'];

const listOf = async ({ as }: Person) =>
  (await world.social.listNotifications({ as, query: {} }).expect(200)).body.items;
const requestsOf = async ({ as }: Person, query: { limit?: number; cursor?: string } = {}) =>
  (await world.social.listNotificationRequests({ as, query }).expect(200)).body;
const unreadOf = async ({ as }: Person) =>
  (await world.social.getHome({ as, query: {} }).expect(200)).body.notifications.unread;
const policyOf = async ({ as }: Person) => (await world.social.getNotificationPolicy({ as }).expect(200)).body;
const accept = ({ as }: Person, userId: string) => world.social.acceptNotificationRequests({ as, path: { userId } });
const dismiss = ({ as }: Person, userId: string) => world.social.dismissNotificationRequests({ as, path: { userId } });
const post = async ({ as }: Person) =>
  (await world.social.createPost({ as, body: { text: 'Hello', visibility: 'public' } }).expect(201)).body.id;
const like = ({ as }: Person, postId: string) =>
  world.social.setReaction({ as, path: { postId, kind: 'like' } }).expect(200);
const follow = ({ as }: Person, { id }: Person) => world.social.followUser({ as, path: { userId: id } }).expect(200);

async function putPolicy(person: Person, change: Partial<Policy>, ifMatch?: string) {
  const body = { ...(await policyOf(person)), ...change };
  const headers = ifMatch === undefined ? {} : { 'If-Match': ifMatch };
  return world.social.putNotificationPolicy({ as: person.as, headers, body });
}
const invite = ({ id }: Person, actor?: Person) =>
  world.social
    .putNotice({
      as: service,
      path: { userId: id, noticeId: randomUUID() },
      body: {
        kind: 'pocket_invitation',
        subject: { type: 'invitation', id: randomUUID() },
        ...(actor && { actorId: actor.id }),
      },
    })
    .expect(204);

describe('what strangers do', () => {
  test('is told as anybody’s, until a policy says otherwise', async () => {
    const [ada, ben] = [await world.person(), await world.person()];

    await like(ben, await post(ada));

    expect((await policyOf(ada)).strangers).toBe('all');
    expect(await listOf(ada)).toHaveLength(1);
    expect((await requestsOf(ada)).items).toEqual([]);
  });

  test('waits among the requests by the policy, uncounted, each stranger apart', async () => {
    const [ada, ben, cleo, friend] = [
      await world.person(),
      await world.person(),
      await world.person(),
      await world.person(),
    ];
    await follow(ada, friend);
    expect((await putPolicy(ada, { strangers: 'requests' })).status).toBe(200);
    const id = await post(ada);

    for (const fan of [ben, cleo, friend]) await like(fan, id);

    expect(await listOf(ada)).toMatchObject([{ count: 1, actors: [{ handle: friend.handle }] }]);
    const { items } = await requestsOf(ada);
    expect(items.map(({ count, actors }) => [count, actors.map(({ handle }) => handle)]).sort()).toEqual(
      [
        [1, [ben.handle]],
        [1, [cleo.handle]],
      ].sort(),
    );
    expect(await unreadOf(ada)).toBe(1);
    const single = await world.social.getNotification({ as: ada.as, path: { notificationId: items[0]?.id ?? '' } });
    expect(single.body.request).toBe(true);
    const page = await requestsOf(ada, { limit: 1 });
    expect((await requestsOf(ada, { limit: 1, cursor: page.nextCursor ?? '' })).nextCursor).toBeNull();
  });

  test('is not told at all by the policy "none", save an invitation to a pocket', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await putPolicy(ada, { strangers: 'none' });

    await like(ben, await post(ada));
    await invite(ada, ben);

    expect(await listOf(ada)).toEqual([]);
    expect((await requestsOf(ada)).items).toMatchObject([{ kind: 'pocket_invitation', postId: null }]);
    expect(await unreadOf(ada)).toBe(0);
  });
});

describe('an invitation to a pocket', () => {
  test('of a stranger waits among the requests, of somebody followed it does not', async () => {
    const [ada, stranger, friend] = [await world.person(), await world.person(), await world.person()];
    await follow(ada, friend);

    await invite(ada, stranger);
    await invite(ada, friend);

    expect(await listOf(ada)).toMatchObject([{ kind: 'pocket_invitation', actors: [{ id: friend.id }] }]);
    expect((await requestsOf(ada)).items).toMatchObject([
      { kind: 'pocket_invitation', actors: [{ id: stranger.id }], subject: { type: 'invitation' } },
    ]);
  });

  test('of a blocked person is not told', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await world.social.blockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);

    await invite(ada, ben);

    expect((await requestsOf(ada)).items).toEqual([]);
    expect(await listOf(ada)).toEqual([]);
  });
});

describe('a stranger', () => {
  test('who is let in is told from then on, with what they did before', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await putPolicy(ada, { strangers: 'requests' });
    const id = await post(ada);
    await like(ben, id);

    await accept(ada, ben.id).expect(204);
    await accept(ada, ben.id.toUpperCase()).expect(204);
    const other = await post(ada);
    await like(ben, other);

    expect((await requestsOf(ada)).items).toEqual([]);
    expect((await listOf(ada)).map(({ postId }) => postId).sort()).toEqual([id, other].sort());
    expect(await unreadOf(ada)).toBe(2);
  });

  test('who is dismissed stays a stranger', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await putPolicy(ada, { strangers: 'requests' });
    await like(ben, await post(ada));

    await dismiss(ada, ben.id).expect(204);
    await dismiss(ada, ben.id).expect(204);

    expect((await requestsOf(ada)).items).toEqual([]);
    await like(ben, await post(ada));
    expect((await requestsOf(ada)).items).toHaveLength(1);
    expect(await listOf(ada)).toEqual([]);
  });

  test('who was let in is a stranger again after a block', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await putPolicy(ada, { strangers: 'requests' });
    await accept(ada, ben.id).expect(204);
    await world.social.blockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);
    await world.social.unblockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);

    await like(ben, await post(ada));

    expect(await listOf(ada)).toEqual([]);
    expect((await requestsOf(ada)).items).toHaveLength(1);
  });

  test('waits again after a block with the very thing that was let in the same day', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await putPolicy(ada, { strangers: 'requests' });
    const id = await post(ada);
    await like(ben, id);
    await accept(ada, ben.id).expect(204);
    expect(await listOf(ada)).toHaveLength(1);
    await world.social.blockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);
    await world.social.unblockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);
    // A reaction stays across a block; given anew it is told anew.
    await world.social.deleteReaction({ as: ben.as, path: { postId: id, kind: 'like' } });

    await like(ben, id);

    expect(await listOf(ada)).toEqual([]);
    expect((await requestsOf(ada)).items).toMatchObject([{ postId: id, count: 1, actors: [{ id: ben.id }] }]);
    expect(await unreadOf(ada)).toBe(0);
  });

  test('who cannot be seen cannot be let in', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await world.social.blockUser({ as: ben.as, path: { userId: ada.id } }).expect(204);

    const blocked = await accept(ada, ben.id).expect(404);
    const nobody = await accept(ada, missing).expect(404);

    expect({ ...blocked.body, instance: '' }).toEqual({ ...nobody.body, instance: '' });
    expect((await accept(ada, ada.id).expect(422)).body.code).toBe('self_relation');
    await accept(ada, 'x').expect(400);
    await dismiss(ada, missing).expect(204);
  });
});

describe('the policy', () => {
  test('is everything for whoever has never set it, and what was set afterwards', async () => {
    const ada = await world.person();
    const before = await policyOf(ada);

    await world.social
      .putNotificationPolicy({ as: ada.as, body: { strangers: 'none', pushKinds: ['reply', 'transfer_failed'] } })
      .expect(200);

    expect(before.pushKinds).toHaveLength(20);
    expect(await policyOf(ada)).toEqual({ strangers: 'none', pushKinds: ['reply', 'transfer_failed'] });
  });

  test('is changed on the version that was read', async () => {
    const ada = await world.person();
    const { headers } = await world.social.getNotificationPolicy({ as: ada.as }).expect(200);
    const etag = String(headers['etag']);

    const changed = await putPolicy(ada, { strangers: 'none' }, etag);
    const stale = await putPolicy(ada, { strangers: 'all' }, etag);

    expect([changed.status, stale.status]).toEqual([200, 412]);
    expect((await putPolicy(ada, { strangers: 'requests' }, String(changed.headers['etag']))).status).toBe(200);
    expect((await policyOf(ada)).strangers).toBe('requests');
  });

  test('is set once by two devices at the same time', async () => {
    const ada = await world.person();
    const { headers } = await world.social.getNotificationPolicy({ as: ada.as }).expect(200);

    const answers = await Promise.all(
      [1, 2, 3].map(() => putPolicy(ada, { strangers: 'none' }, String(headers['etag']))),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });

  test.each([
    {},
    { strangers: 'some', pushKinds: [] },
    { strangers: 'all' },
    { strangers: 'all', pushKinds: ['salary'] },
    { strangers: 'all', pushKinds: ['reply', 'reply'] },
    { strangers: 'all', pushKinds: [], more: 1 },
  ])('refuses %j', async (body) => {
    const { as } = await world.person();

    await world.social.putNotificationPolicy({ as, body: body as Policy }).expect(400);
  });
});
