import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import request from 'supertest';
import { loadDocument } from '#platform/document';
import { newId } from '#platform/ids';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { createTestClock } from '#platform/testing/test-clock';
import { waitFor } from '#platform/testing/wait';
import { compareVersions, readVersion } from '#platform/version-number';
import type { components, operations as AdminOperations } from '#openapi/bff-admin';
import type { components as MobileComponents } from '#openapi/bff-mobile';
import { notFound } from '../errors.ts';
import { bucketOf, isOn } from '../helpers/flags.ts';
import { contractLimits } from '../services/bootstrap.ts';
import { startMobile, userId } from './mobile-app.ts';

type Schemas = components['schemas'];
type Mobile = Awaited<ReturnType<typeof startMobile>>;
type Bootstrap = MobileComponents['schemas']['Bootstrap'];

const now = createTestClock().now();
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
const store = { ios: 'https://apps.example.com/clync', android: 'https://play.example.com/clync' };
let admin: Awaited<ReturnType<typeof startAdmin>>;
let mobile: Mobile;
let alone: Mobile;

beforeAll(async () => {
  admin = await startAdmin(state);
  mobile = await startMobile(admin.config);
  alone = await startMobile();
  await waitFor('the app state', async () => (await bootstrap(mobile)).sections.app.status === 'ok');
});
afterAll(async () => {
  await Promise.all([mobile.stop(), alone.stop()]);
  await admin.stop();
});

/** The portal, as far as phones are told of it; it keeps dismissals. */
async function startAdmin(told: Schemas['AppState']) {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const dismissed = new Map<string, Set<string>>();
  const portal = await startStandIn<Pick<AdminOperations, 'getAppState' | 'listDismissals' | 'putDismissal'>>({
    name: 'bff-admin',
    trust,
    handlers: {
      getAppState: () => ({ status: 200, body: told }),
      listDismissals: ({ path }) => ({
        status: 200,
        body: { announcementIds: [...(dismissed.get(path.userId) ?? [])] },
      }),
      putDismissal: ({ path }) => {
        if (!told.announcements.some(({ id }) => id === path.announcementId)) throw notFound();
        dismissed.set(path.userId, (dismissed.get(path.userId) ?? new Set()).add(path.announcementId));
        return { status: 204 };
      },
    },
  });
  return {
    config: { adminUrl: portal.url, serviceTokenKey: keys['bff-mobile']?.privateKey ?? {} },
    stop: () => portal.stop(),
  };
}

function flag(key: string, changes: Partial<Schemas['FeatureFlag']> = {}): Schemas['FeatureFlag'] {
  return {
    ...{ key, description: '', enabled: true, percent: 100, money: false, version: 1, updatedAt: ago(60) },
    audience: { platforms: [], minAppVersion: null, maxAppVersion: null },
    ...changes,
  };
}

function announcement(
  title: string,
  changes: Partial<Schemas['StaffAnnouncement']> = {},
): Schemas['StaffAnnouncement'] {
  return {
    ...{ id: newId(), title, body: `About ${title}`, startsAt: ago(60), endsAt: null, version: 1 },
    audience: { platforms: [], minAppVersion: null, maxAppVersion: null, flagKey: null },
    ...changes,
  };
}

const everyone = { platforms: [], minAppVersion: null, maxAppVersion: null, flagKey: null };
const forAll = announcement('for all');
const state: Schemas['AppState'] = {
  flags: [
    flag('on'),
    flag('off', { enabled: false }),
    flag('nobody', { percent: 0 }),
    flag('half', { percent: 50 }),
    flag('new-phones', { audience: { platforms: ['ios'], minAppVersion: '2.10', maxAppVersion: null } }),
  ],
  versions: [
    { platform: 'ios', minimum: '2.0', recommended: '2.9', current: '2.10', storeUrl: store.ios, updatedAt: ago(60) },
    { platform: 'android', minimum: '1.5', recommended: '1.5', current: '2.0', storeUrl: store.android, updatedAt: ago(60) }, // prettier-ignore
  ],
  announcements: [
    forAll,
    announcement('for ios', { audience: { ...everyone, platforms: ['ios'] } }),
    announcement('for old apps', { audience: { ...everyone, maxAppVersion: '2.9' } }),
    announcement('for those with it on', { audience: { ...everyone, flagKey: 'on' } }),
    announcement('for those with it off', { audience: { ...everyone, flagKey: 'off' } }),
    announcement('over', { endsAt: ago(1) }),
    announcement('coming', { startsAt: ago(-5) }),
  ],
};

interface Asked {
  token?: string;
  version?: string;
  platform?: string;
}

function ask({ app }: Pick<Mobile, 'app'>, path: string, { token, version, platform }: Asked = {}) {
  const asked = request(app).get(path);
  if (token !== undefined) void asked.set('Authorization', `Bearer ${token}`);
  if (version !== undefined) void asked.set('X-App-Version', version);
  if (platform !== undefined) void asked.set('X-App-Platform', platform);
  return asked;
}

async function bootstrap(from: Mobile, asked: Asked = {}): Promise<Bootstrap> {
  const { status, body } = await ask(from, '/v1/bootstrap', asked);
  expect(status).toBe(200);
  return body as Bootstrap;
}

const titles = ({ sections }: Bootstrap) => sections.announcements.data?.items.map(({ title }) => title);

test('answers nobody, somebody, and somebody whose token has died', async () => {
  const nobody = await bootstrap(mobile);
  const stranger = await bootstrap(mobile, { token: 'long-gone' });
  const person = await bootstrap(mobile, { token: await mobile.token() });

  expect(nobody.sections.flags.data?.values).toEqual({ on: true, off: false, nobody: false, half: false, 'new-phones': false }); // prettier-ignore
  expect(stranger.sections).toEqual({ ...nobody.sections, limits: { ...nobody.sections.limits } });
  expect(person.sections.flags.data?.values['half']).toBe(bucketOf('half', userId) < 50);
  expect(nobody.sections.limits.data).toEqual({ stepUpAboveUnits: 500, ...contractLimits });
});

test('tells each phone what is meant for it, between beginning and end', async () => {
  const said = await bootstrap(mobile, { version: '2.10.1', platform: 'iOS' });
  const old = await bootstrap(mobile, { version: '2.1', platform: 'android' });
  mobile.clock.advance(6 * 60_000);
  const later = await bootstrap(mobile);
  mobile.clock.advance(-6 * 60_000);

  expect(titles(said)).toEqual(['for all', 'for ios', 'for those with it on']);
  expect(said.sections.flags.data?.values['new-phones']).toBe(true);
  expect(titles(old)).toEqual(['for all', 'for old apps', 'for those with it on']);
  expect(titles(later)).toContain('coming');
});

test.each([
  ['2.10', 'ios', 'none'],
  ['2.8.9', 'ios', 'recommended'],
  ['1.9.9 (4711)', 'ios', 'required'],
  ['1.9.9', 'android', 'none'],
  ['1.4', 'android', 'required'],
  ['1.4', undefined, 'required'],
  ['1.6', undefined, 'none'],
  ['unknown', 'ios', 'none'],
])('says of version %s on %s that an update is %s', async (version, platform, update) => {
  const { sections } = await bootstrap(mobile, { version, ...(platform !== undefined && { platform }) });

  expect(sections.app.data?.update).toBe(update);
});

test.each(['/v1/screens/home', '/v1/me', '/v1/auth/login', '/v1/nothing'])(
  'refuses an app below the minimum at %s, and says where the new one is',
  async (path) => {
    const token = await mobile.token();

    const old = await ask(mobile, path, { token, version: '1.9', platform: 'ios' });
    const served = await ask(mobile, path, { token, version: '2.0.0', platform: 'ios' });

    expect([old.status, old.body.code]).toEqual([426, 'upgrade_required']);
    expect(old.body).toMatchObject({ storeUrl: store.ios, minimum: '2.0', current: '2.10', platform: 'ios' });
    expect(served.status).not.toBe(426);
  },
);

test('refuses nobody a document, a probe, or for a version that is none', async () => {
  const asked = { version: '0.1', platform: 'ios' };

  const open = await Promise.all(['/docs', '/openapi.json', '/problems/upgrade_required', '/livez'].map((path) => ask(mobile, path, asked))); // prettier-ignore
  const garbled = await ask(mobile, '/v1/me', { version: 'beta' });
  const unknown = await ask(alone, '/v1/me', asked);

  expect(open.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect([garbled.status, unknown.status]).toEqual([401, 401]);
});

test('what is dismissed stays dismissed, for that person alone', async () => {
  const [token, other] = [await mobile.token(), await mobile.token({ sub: newId() })];
  const dismiss = (id: string) =>
    request(mobile.app).post(`/v1/announcements/${id}/dismiss`).set('Authorization', `Bearer ${token}`);

  const before = await bootstrap(mobile, { token });
  const answers = [await dismiss(forAll.id), await dismiss(forAll.id), await dismiss(newId())];
  const after = await bootstrap(mobile, { token });
  const copy = await startCopy(admin);
  await waitFor(
    'the other copy to have asked',
    async () => !titles(await bootstrap(copy, { token }))?.includes('for all'),
  );
  const others = await bootstrap(mobile, { token: other });

  expect(titles(before)).toContain('for all');
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 404]);
  expect(titles(after)).not.toContain('for all');
  expect(titles(others)).toContain('for all');
});

const copies: Mobile[] = [];
afterAll(() => Promise.all(copies.map((copy) => copy.stop())));

/** A second process with the same keys. */
async function startCopy({ config }: typeof admin): Promise<Mobile> {
  const copy = await startMobile({ ...config, userTokenKeys: [mobile.keys.signing] });
  copies.push(copy);
  await waitFor('the app state', async () => (await bootstrap(copy)).sections.app.status === 'ok');
  return copy;
}

test('answers while everything is down, with what it knows itself', async () => {
  const { sections } = await bootstrap(alone, { token: await alone.token(), version: '0.1' });

  expect([sections.app.status, sections.flags.status, sections.announcements.status]).toEqual(
    Array(3).fill('unavailable'),
  );
  expect(sections.limits).toMatchObject({ status: 'ok', data: { stepUpAboveUnits: 500 } });
});

test('an unchanged bootstrap is 304, and one person’s tag is not another’s', async () => {
  const token = await mobile.token();
  const first = await ask(mobile, '/v1/bootstrap', { token });
  const tag = String(first.headers['etag']);
  mobile.clock.advance(1_000);

  const again = await ask(mobile, '/v1/bootstrap', { token }).set('If-None-Match', tag);
  const other = await ask(mobile, '/v1/bootstrap', { token: await mobile.token({ sub: newId() }) }).set('If-None-Match', tag); // prettier-ignore

  expect([again.status, other.status]).toEqual([304, 200]);
});

test('is 20 kB at most, whatever is announced, and keeps the newest', async () => {
  const wordy = (place: number) => announcement(`${String(place)} ${'😀'.repeat(110)}`, { body: '😀'.repeat(1_000) });
  const portal = await startAdmin({
    ...state,
    announcements: Array.from({ length: 50 }, (_, place) => wordy(place)),
    flags: Array.from({ length: 100 }, (_, place) => flag(`${'x'.repeat(46)}.${String(place)}`)),
  });
  const { text } = await ask(await startCopy(portal), '/v1/bootstrap');
  await portal.stop();

  const body = JSON.parse(text) as Bootstrap;
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000);
  expect(Object.keys(body.sections.flags.data?.values ?? {})).toHaveLength(100);
  expect(body.sections.announcements.data?.items[0]?.title).toMatch(/^0 /);
});

test('the limits are those of the contract', () => {
  const document = JSON.stringify(loadDocument('bff-mobile'));
  const post = JSON.stringify(loadDocument('bff-mobile').paths['/v1/posts']?.post);

  expect(post).toContain(`"text":{"type":"string","maxLength":${String(contractLimits.postTextLength)}}`);
  expect(post).toContain(`"mediaIds":{"type":"array","maxItems":${String(contractLimits.postMedia)}`);
  expect(document).toContain(
    `"How many items at most.","schema":{"type":"integer","minimum":1,"maximum":${String(contractLimits.pageItems)}`,
  );
});

test('goes on with the last known, as stale, when the portal dies', async () => {
  const token = await mobile.token();
  await admin.stop();
  mobile.clock.advance(61_000);

  const person = await bootstrap(mobile, { token, version: '2.10', platform: 'ios' });
  const old = await ask(mobile, '/v1/me', { version: '1.0', platform: 'ios' });

  expect([person.sections.app.status, person.sections.flags.status, person.sections.announcements.status]).toEqual(Array(3).fill('stale')); // prettier-ignore
  expect(titles(person)).toEqual(['for ios', 'for those with it on']);
  expect(old.status).toBe(426);
});

test('a bucket stays, and raising the percentage takes nobody out', () => {
  const phone = { platform: undefined, version: undefined };
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (person, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const isOnAt = (percent: number) => isOn(flag('x', { percent }), { userId: person, phone });
      expect(isOnAt(0)).toBe(false);
      expect(isOnAt(100)).toBe(true);
      if (isOnAt(low)) expect(isOnAt(high)).toBe(true);
    }),
  );
});

test('a percentage is that of the people, and not of the same ones for every flag', () => {
  const people = Array.from({ length: 2_000 }, () => newId());

  const [first, second] = ['first', 'second'].map((key) => people.filter((person) => bucketOf(key, person) < 25));
  const both = first?.filter((person) => second?.includes(person)) ?? [];

  expect(first?.length).toBeGreaterThan(400);
  expect(first?.length).toBeLessThan(600);
  expect(both.length).toBeLessThan(200);
});

test('versions are compared number by number', () => {
  const version = fc.array(fc.nat({ max: 99_999 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [left, right] = [a, b].map((numbers) => numbers.join('.')) as [string, string];
      expect(Math.sign(compareVersions(left, right))).toBe(-Math.sign(compareVersions(right, left)) + 0);
      expect(compareVersions(left, `${left}.0`.split('.').slice(0, 4).join('.'))).toBe(0);
    }),
  );
  expect(compareVersions('2.10', '2.9')).toBeGreaterThan(0);
  expect(compareVersions('2', '2.0.0')).toBe(0);
  expect([readVersion('v2.4.1-beta.3'), readVersion('2.4 (99)'), readVersion('beta'), readVersion(undefined)]).toEqual(['2.4.1', '2.4', undefined, undefined]); // prettier-ignore
});
