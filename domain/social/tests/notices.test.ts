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
type Body = NonNullable<Parameters<World['social']['putNotice']>[0]>['body'];

const settled = (): Body => ({ kind: 'transfer_settled', subject: { type: 'transfer', id: randomUUID() } });
const put = (userId: string, body: Body, noticeId: string = randomUUID()) =>
  world.social.putNotice({ as: service, path: { userId, noticeId }, body });
const listOf = async ({ as }: Person) =>
  (await world.social.listNotifications({ as, query: {} }).expect(200)).body.items;

describe('a notice of another service', () => {
  test('is among the notifications, with its subject and nothing else', async () => {
    const ada = await world.person();
    const notice = settled();

    await put(ada.id.toUpperCase(), notice).expect(204);

    expect(await listOf(ada)).toMatchObject([{ ...notice, postId: null, actors: [], count: 1, read: false }]);
    const [told] = await listOf(ada);
    const { body } = await world.social.getNotification({ as: ada.as, path: { notificationId: told?.id ?? '' } });
    expect(body).toMatchObject({ ...notice, actor: null, postId: null });
  });

  test('is told once, however often it is sent', async () => {
    const ada = await world.person();
    const [noticeId, notice] = [randomUUID(), settled()];

    const answers = await Promise.all([1, 2, 3, 4].map(() => put(ada.id, notice, noticeId)));

    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect(await listOf(ada)).toMatchObject([{ count: 1 }]);
  });

  test('stays dismissed when it is sent again', async () => {
    const ada = await world.person();
    const [noticeId, notice] = [randomUUID(), settled()];
    await put(ada.id, notice, noticeId).expect(204);
    const [told] = await listOf(ada);
    await world.social.deleteNotification({ as: ada.as, path: { notificationId: told?.id ?? '' } }).expect(204);

    await put(ada.id, notice, noticeId).expect(204);

    expect(await listOf(ada)).toEqual([]);
  });

  test('of one id can be for two people', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const noticeId = randomUUID();

    await put(ada.id, settled(), noticeId).expect(204);
    await put(ben.id, settled(), noticeId).expect(204);

    expect([await listOf(ada), await listOf(ben)]).toMatchObject([[{ count: 1 }], [{ count: 1 }]]);
  });

  test('about one thing joins the others of its day', async () => {
    const ada = await world.person();
    const subject = { type: 'connection', id: randomUUID() } as const;
    const noon = world.clock.now();
    noon.setUTCHours(12, 0, 0, 0);
    world.clock.set(noon);

    await put(ada.id, { kind: 'connection_attention', subject }).expect(204);
    await put(ada.id, { kind: 'connection_attention', subject }).expect(204);
    await put(ada.id, settled()).expect(204);

    expect((await listOf(ada)).map(({ kind, count }) => [kind, count]).sort()).toEqual([
      ['connection_attention', 2],
      ['transfer_settled', 1],
    ]);
  });

  test('of somebody who is not there tells nothing', async () => {
    const ada = await world.person();

    expect((await put(missing, settled()).expect(404)).body.code).toBe('not_found');
    await put(ada.id, { ...settled(), actorId: missing }).expect(204);

    expect(await listOf(ada)).toEqual([]);
  });

  test('is taken from services alone', async () => {
    const ada = await world.person();
    const path = { userId: ada.id, noticeId: randomUUID() };

    await world.social.putNotice({ as: ada.as, path, body: settled() }).expect(403);
    await world.social.putNotice({ as: { staffId: 'staff-7' }, path, body: settled() }).expect(403);
    const stranger = await world.stranger();
    await stranger.putNotice({ as: service, path, body: settled() }).expect(401);
  });

  test.each([
    { kind: 'reaction', subject: { type: 'transfer', id: missing } },
    { kind: 'transfer_settled' },
    { kind: 'transfer_settled', subject: { type: 'post', id: missing } },
    { kind: 'transfer_settled', subject: { type: 'transfer', id: 'x' } },
    {
      kind: 'transfer_settled',
      subject: { type: 'transfer', id: missing },
      amount: { amountMinor: 1, currency: 'EUR' },
    },
    { kind: 'transfer_settled', subject: { type: 'transfer', id: missing, name: 'Salary' } },
  ])('is refused as %j', async (body) => {
    const ada = await world.person();

    await put(ada.id, body as Body).expect(400);
  });
});
