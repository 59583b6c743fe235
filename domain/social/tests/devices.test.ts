import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createWorld, password } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

type Body = NonNullable<Parameters<World['social']['putDevice']>[0]>['body'];
const service = { service: true } as const;
const newToken = () => `token-${randomUUID()}`;
const put = ({ as, sessionId }: Person, change: Partial<Body> = {}, deviceId: string = randomUUID()) =>
  world.social.putDevice({
    as,
    path: { deviceId },
    body: { platform: 'ios', pushToken: newToken(), sessionId, ...change },
  });
const idsOf = async ({ as }: Person) =>
  (await world.social.listDevices({ as }).expect(200)).body.items.map(({ id }) => id);

/** The same person on another device. */
async function signInAgain(person: Person): Promise<Person> {
  const body = { email: person.email, password, deviceName: 'Tablet' };
  const { body: signedIn } = await world.social.createSession({ as: service, body }).expect(201);
  return { ...person, sessionId: signedIn.session.id, refreshToken: signedIn.session.refreshToken };
}

test('a device is registered once, however often', async () => {
  const ada = await signInAgain(await world.person());
  const deviceId = randomUUID();
  const pushToken = newToken();

  const { body } = await put(ada, { pushToken }, deviceId).expect(200);
  await put(ada, { pushToken }, deviceId).expect(200);
  await put(ada, { platform: 'android' }, deviceId).expect(200);

  expect(body).toEqual({
    id: deviceId,
    platform: 'ios',
    deviceName: 'Tablet',
    sessionId: ada.sessionId,
    registeredAt: world.clock.now().toISOString(),
  });
  const { body: list } = await world.social.listDevices({ as: ada.as }).expect(200);
  expect(list.items).toEqual([{ ...body, platform: 'android' }]);
});

test('a token leaves whoever had it before', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const pushToken = newToken();
  await put(ada, { pushToken }, 'phone').expect(200);

  await put(ben, { pushToken }, 'phone').expect(200);

  expect(await idsOf(ada)).toEqual([]);
  expect(await idsOf(ben)).toEqual(['phone']);
  await put(ben, { pushToken }, 'phone-set-up-again').expect(200);
  expect(await idsOf(ben)).toEqual(['phone-set-up-again']);
});

test('a token that several register at the same moment ends with one of them', async () => {
  const people = await Promise.all([1, 2, 3, 4].map(() => world.person()));
  const pushToken = newToken();

  await Promise.all(people.map((person) => put(person, { pushToken }).expect(200)));

  const devices = await Promise.all(people.map(idsOf));
  expect(devices.flat()).toHaveLength(1);
});

test('of more than 20 devices the one registered longest ago goes', async () => {
  const ada = await world.person();
  for (let n = 0; n < 21; n += 1) {
    world.clock.advance(1_000);
    await put(ada, {}, `device-${String(n)}`).expect(200);
  }

  const ids = await idsOf(ada);

  expect(ids).toHaveLength(20);
  expect(ids[0]).toBe('device-20');
  expect(ids).not.toContain('device-0');
  await Promise.all([1, 2, 3].map(() => put(ada).expect(200)));
  const [row] = await world.query<{ kept: number }>(
    'SELECT count(*)::int AS kept FROM device WHERE account_id = $1',
    ada.id,
  );
  expect(row?.kept).toBe(20);
});

test('devices that have signed out take no place', async () => {
  const ada = await world.person();
  await put(ada, {}, 'tablet').expect(200);
  for (let n = 0; n < 21; n += 1) {
    world.clock.advance(1_000);
    const again = await signInAgain(ada);
    await put(again).expect(200);
    await world.social.endSession({ as: ada.as, path: { sessionId: again.sessionId } }).expect(204);
  }

  expect(await idsOf(ada)).toEqual(['tablet']);
});

describe('a device goes with its session', () => {
  const endings: Record<string, (person: Person) => Promise<unknown>> = {
    'signing out': ({ as, sessionId }) => world.social.endSession({ as, path: { sessionId } }).expect(204),
    suspension: ({ id }) =>
      world.social
        .suspendAccount({
          as: { staffId: 'staff-7' },
          path: { userId: id },
          body: { decisionId: randomUUID(), reason: 'Spam' },
        })
        .expect(200),
    'a refresh token that came twice': async ({ refreshToken }) => {
      const refresh = (token: string) => world.social.refreshSession({ as: service, body: { refreshToken: token } });
      const { body } = await refresh(refreshToken).expect(200);
      await refresh(body.session.refreshToken).expect(200);
      world.clock.advance(60_000);
      await refresh(refreshToken).expect(401);
    },
    'long absence': async ({ id }) => {
      await world.query("UPDATE session SET expires_at = now() - interval '1 day' WHERE account_id = $1", id);
    },
  };

  test.each(Object.keys(endings))('%s', async (ending) => {
    const ada = await world.person();
    await put(ada).expect(200);

    await endings[ending]?.(ada);

    expect(await idsOf(ada)).toEqual([]);
    await put(ada).expect(404);
  });

  test('and the others stay', async () => {
    const ada = await world.person();
    const again = await signInAgain(ada);
    await put(ada, {}, 'phone').expect(200);
    await put(again, {}, 'tablet').expect(200);

    await world.social.endSession({ as: ada.as, path: { sessionId: ada.sessionId } }).expect(204);

    expect(await idsOf(ada)).toEqual(['tablet']);
  });
});

test('nobody registers for the session of another, nor takes a device out', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await put(ada, {}, 'phone').expect(200);

  const foreign = await put(ben, { sessionId: ada.sessionId }).expect(404);
  const missing = await put(ben, { sessionId: randomUUID() }).expect(404);
  await world.social.deleteDevice({ as: ben.as, path: { deviceId: 'phone' } }).expect(204);

  expect({ ...foreign.body, instance: '' }).toEqual({ ...missing.body, instance: '' });
  expect(await idsOf(ada)).toEqual(['phone']);
  await world.social.deleteDevice({ as: ada.as, path: { deviceId: 'phone' } }).expect(204);
  await world.social.deleteDevice({ as: ada.as, path: { deviceId: 'phone' } }).expect(204);
  expect(await idsOf(ada)).toEqual([]);
});

test.each([
  { platform: 'windows' },
  { pushToken: 'short' },
  { pushToken: 'with spaces in it' },
  { pushToken: 'x'.repeat(4_097) },
  { sessionId: 'x' },
])('refuses a device with %j', async (change) => {
  await put(await world.person(), change as Partial<Body>).expect(400);
});

test.each(['a/b', 'ä', 'x'.repeat(65)])('refuses the device id %s', async (deviceId) => {
  await put(await world.person(), {}, deviceId).expect(400);
});
