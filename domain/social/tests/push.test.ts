import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { startPushRecorder } from '../../../dev/push-recorder/recorder.ts';
import type { PushRecorder } from '../../../dev/push-recorder/recorder.ts';
import { createWorld, password } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let recorder: PushRecorder;
beforeAll(async () => {
  recorder = await startPushRecorder({ port: 0 });
  world = await createWorld({ worker: { push: { recorderUrl: recorder.url } } });
});
beforeEach(() => {
  recorder.down = false;
});
afterAll(async () => {
  await world.close();
  await recorder.stop();
});

const service = { service: true } as const;
type Policy = NonNullable<Parameters<World['social']['putNotificationPolicy']>[0]>['body'];
type Kind = Policy['pushKinds'][number];
const moneyKinds: Kind[] = [
  'transfer_settled',
  'transfer_failed',
  'transfer_returned',
  'transfer_stalled',
  'pocket_invitation',
  'pocket_milestone',
  'rule_skipped',
  'connection_attention',
  'approval_requested',
  'approval_decided',
  'unlock_requested',
];

const pushesTo = (token: string) => recorder.pushes.filter((push) => push.token === token);
const listOf = async ({ as }: Person) =>
  (await world.social.listNotifications({ as, query: {} }).expect(200)).body.items;
const like = ({ as }: Person, postId: string) =>
  world.social.setReaction({ as, path: { postId, kind: 'like' } }).expect(200);
const post = async ({ as }: Person) =>
  (await world.social.createPost({ as, body: { text: 'Hello', visibility: 'public' } }).expect(201)).body.id;
const putPolicy = ({ as }: Person, body: Policy) => world.social.putNotificationPolicy({ as, body }).expect(200);
const put = ({ id }: Person, kind: Kind, actor?: Person) =>
  world.social
    .putNotice({
      as: service,
      path: { userId: id, noticeId: randomUUID() },
      body: {
        kind: kind as 'transfer_settled',
        subject: { type: 'transfer', id: randomUUID() },
        ...(actor && { actorId: actor.id }),
      },
    })
    .expect(204);

/** Registers a device for a session of the person; gives its token. */
async function device({ as, sessionId }: Person, platform: 'ios' | 'android' = 'ios'): Promise<string> {
  const pushToken = `token-${randomUUID()}`;
  await world.social
    .putDevice({ as, path: { deviceId: randomUUID() }, body: { platform, pushToken, sessionId } })
    .expect(200);
  return pushToken;
}
/** The one push that a token gets, in the end. */
const pushTo = (token: string) => waitFor('the push', () => Promise.resolve(pushesTo(token)[0]));
/** What waits for a pause to end is run now, as if the time had passed. */
async function passPause({ id }: Person): Promise<void> {
  await world.query("UPDATE device SET pushed_at = pushed_at - interval '1 minute' WHERE account_id = $1", id);
  await world.query('UPDATE social_jobs._private_jobs SET run_at = now() WHERE run_at > now()');
  await world.jobsDone();
}
const waitingJobs = async () =>
  (await world.query('SELECT 1 FROM social_jobs._private_jobs WHERE run_at > now() AND attempts = 0')).length;

test('a push names the notification and tells nothing of it', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const [phone, tablet] = [await device(ada, 'ios'), await device(ada, 'android')];

  await like(ben, await post(ada));

  const [told] = await listOf(ada);
  for (const [token, platform] of [
    [phone, 'ios'],
    [tablet, 'android'],
  ] as const) {
    expect(await pushTo(token)).toEqual({
      platform,
      token,
      collapseKey: 'clync',
      payload: { title: 'CLYNC', body: 'There is something new for you.', notificationId: told?.id },
      at: expect.any(String),
    });
  }
  await world.jobsDone();
  expect([pushesTo(phone), pushesTo(tablet)]).toMatchObject([{ length: 1 }, { length: 1 }]);
});

test('the payload of every kind is the same, but for the id', async () => {
  const ada = await world.person();
  const kinds = await world.query<{ kind: Kind }>('SELECT unnest(enum_range(NULL::notification_kind)) AS kind');
  const friend = await world.person();
  await world.social.followUser({ as: ada.as, path: { userId: friend.id } }).expect(200);
  const shown = new Set<string>();

  for (const { kind } of kinds) {
    await world.query('DELETE FROM device WHERE account_id = $1', ada.id);
    await world.query('DELETE FROM notification WHERE account_id = $1', ada.id);
    const token = await device(ada);
    if (moneyKinds.includes(kind)) await put(ada, kind, friend);
    else {
      await world.query(
        'INSERT INTO notification (id, account_id, kind, actor_id, created_at) VALUES (uuidv7(), $1, $2, $3, now())',
        ada.id,
        kind,
        friend.id,
      );
      await world.query(`SELECT social_jobs.add_job('push', json_build_object('accountId', $1::text))`, ada.id);
    }
    const { payload, collapseKey } = await pushTo(token);
    const { notificationId, ...rest } = payload;
    const { body } = await world.social.getNotification({
      as: ada.as,
      path: { notificationId: String(notificationId) },
    });
    expect(body.kind).toBe(kind);
    shown.add(JSON.stringify({ ...rest, collapseKey }));
  }

  expect(kinds).toHaveLength(20);
  expect([...shown]).toEqual([
    JSON.stringify({ title: 'CLYNC', body: 'There is something new for you.', collapseKey: 'clync' }),
  ]);
});

test('a burst is one push, and one more when the pause is over', async () => {
  const [ada, ...fans] = await Promise.all([1, 2, 3, 4].map(() => world.person()));
  if (!ada) throw new Error('nobody');
  const token = await device(ada);
  const id = await post(ada);
  for (const fan of fans.slice(0, 1)) await like(fan, id);
  await pushTo(token);

  for (const fan of fans.slice(1)) {
    world.clock.advance(1_000);
    await like(fan, id);
  }
  await waitFor('the rest to wait', async () => (await waitingJobs()) === 1);
  expect(pushesTo(token)).toHaveLength(1);
  await passPause(ada);

  expect(pushesTo(token)).toHaveLength(2);
  const [told] = await listOf(ada);
  expect(pushesTo(token)[1]?.payload['notificationId']).toBe(told?.id);
});

describe('nothing is pushed', () => {
  const quiet = async (person: Person, token: string, happen: () => Promise<unknown>) => {
    await happen();
    await world.jobsDone();
    expect(pushesTo(token)).toEqual([]);
    return listOf(person);
  };

  test('of a kind that the person has switched off', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const token = await device(ada);
    await putPolicy(ada, { strangers: 'all', pushKinds: ['reply'] });

    const told = await quiet(ada, token, async () => like(ben, await post(ada)));

    expect(told).toHaveLength(1);
  });

  test('of a stranger’s invitation to a pocket', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const token = await device(ada);

    await quiet(ada, token, () => put(ada, 'pocket_invitation', ben));

    const { body } = await world.social.listNotificationRequests({ as: ada.as, query: {} }).expect(200);
    expect(body.items).toHaveLength(1);
  });

  test('of people who are muted', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const token = await device(ada);
    await world.social.muteUser({ as: ada.as, path: { userId: ben.id }, body: {} }).expect(200);

    await quiet(ada, token, async () => like(ben, await post(ada)));
  });

  test('to a session that has ended', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const token = await device(ada);
    const id = await post(ada);
    await world.social.endSession({ as: ada.as, path: { sessionId: ada.sessionId } }).expect(204);

    await quiet(ada, token, () => like(ben, id));
  });

  test('to a session that ended before the job ran, nor of what has been read meanwhile', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const first = await device(ada);
    const id = await post(ada);
    recorder.down = true;
    await like(ben, id);
    await waitFor('a first try', async () => {
      const rows = await world.query(
        'SELECT 1 FROM social_jobs._private_jobs WHERE attempts > 0 AND locked_at IS NULL',
      );
      return rows.length > 0;
    });
    await world.social.endSession({ as: ada.as, path: { sessionId: ada.sessionId } }).expect(204);
    const body = { email: ada.email, password };
    const { body: again } = await world.social.createSession({ as: service, body }).expect(201);
    const second = await device({ ...ada, sessionId: again.session.id });
    const [told] = await listOf(ada);
    await world.social
      .putMarker({ as: ada.as, path: { timeline: 'notifications' }, body: { lastReadId: told?.id ?? '', version: 0 } })
      .expect(200);
    recorder.down = false;

    await passPause(ada);

    expect([pushesTo(first), pushesTo(second)]).toEqual([[], []]);
  });
});

test('what the push service does not take now is pushed later, once', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const token = await device(ada);
  recorder.down = true;
  await like(ben, await post(ada));
  await waitFor('a first try', async () => {
    const rows = await world.query('SELECT 1 FROM social_jobs._private_jobs WHERE attempts > 0');
    return rows.length > 0;
  });
  recorder.down = false;

  await passPause(ada);

  expect(pushesTo(token)).toHaveLength(1);
});

test('a device that its platform no longer knows is forgotten', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const [gone, living] = [await device(ada), await device(ada)];
  recorder.unregister(gone);

  await like(ben, await post(ada));

  await pushTo(living);
  await world.jobsDone();
  const { body } = await world.social.listDevices({ as: ada.as }).expect(200);
  expect(body.items).toHaveLength(1);
  expect(pushesTo(gone)).toEqual([]);
});

test('the person who has the token now gets the push', async () => {
  const [ada, ben, cleo] = [await world.person(), await world.person(), await world.person()];
  const token = await device(ada);
  const body = { platform: 'ios', pushToken: token, sessionId: ben.sessionId } as const;
  await world.social.putDevice({ as: ben.as, path: { deviceId: 'phone' }, body }).expect(200);

  await like(cleo, await post(ada));
  await like(cleo, await post(ben));

  const { payload } = await pushTo(token);
  await world.jobsDone();
  expect(payload['notificationId']).toBe((await listOf(ben))[0]?.id);
  expect(pushesTo(token)).toHaveLength(1);
});
