import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '#platform/ids';
import { Problem } from '#platform/problem';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { waitFor } from '#platform/testing/wait';
import type { components, operations as FinancialOperations } from '#openapi/financial';
import type { operations as SocialOperations } from '#openapi/social';
import { startMobile, userId } from './mobile-app.ts';

const [own, foreign, joined, mediaId, unready, earlier] = [newId(), newId(), newId(), newId(), newId(), newId()];
const imageUrl = `https://media.clync.example/${mediaId}/image.webp`;
const at = '2026-11-22T09:30:00.000Z';
/** What was asked for that changes something, in order. */
const asked: unknown[][] = [];
let earlierMediaIds: string[] = [];
/** Counts the changes of the caller's pocket; and whether somebody else changes it while social takes a picture in. */
let version = 1;
let changesMeanwhile = false;
let behind: Awaited<ReturnType<typeof startServices>>;
let mobile: Awaited<ReturnType<typeof startMobile>>;
let alone: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  behind = await startServices();
  mobile = await startMobile(behind.config);
  const { financialUrl, serviceTokenKey } = behind.config;
  alone = await startMobile({ financialUrl, serviceTokenKey });
  await waitFor('both to answer', async () => (await change(own, { imageMediaId: mediaId })).status === 200);
  await waitFor(
    'financial to answer',
    async () => (await change(own, { name: 'Trip' }, { app: alone })).status === 200,
  );
});
beforeEach(() => {
  asked.length = 0;
  earlierMediaIds = [];
  version = 1;
  changesMeanwhile = false;
});
afterAll(async () => {
  await mobile.stop();
  await alone.stop();
  await behind.stop();
});

/** Financial, where the caller owns one pocket and has joined another, and social, where one picture of theirs is ready and one is not. */
async function startServices() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const social = await startStandIn<Pick<SocialOperations, 'keepPocketImage' | 'dropPocketImages'>>({
    name: 'social',
    trust,
    handlers: {
      keepPocketImage: ({ caller, path, body }) => {
        if (body.mediaId === unready) throw new Problem('media_not_ready');
        if (body.mediaId !== null && body.mediaId !== mediaId) throw new Problem('not_found');
        asked.push(['keep', caller.userId, path.pocketId, body.mediaId]);
        if (changesMeanwhile) version += 1;
        return { status: 200, body: { imageUrl: body.mediaId && imageUrl, earlierMediaIds } };
      },
      dropPocketImages: ({ caller, path, query }) => {
        asked.push(['drop', caller.userId, path.pocketId, query.mediaIds]);
        return { status: 204 };
      },
    },
  });
  const financial = await startStandIn<Pick<FinancialOperations, 'getPocket' | 'updatePocket'>>({
    name: 'financial',
    trust,
    handlers: {
      getPocket: ({ path: { pocketId } }) => {
        if (pocketId === foreign) throw new Problem('not_found');
        return { status: 200, body: pocketOf(pocketId), etag: tagOf(version) };
      },
      updatePocket: ({ path: { pocketId }, headers, body }) => {
        asked.push(['update', pocketId, headers['if-match'], body]);
        if ((headers['if-match'] ?? tagOf(version)) !== tagOf(version)) throw new Problem('precondition_failed');
        return { status: 200, body: pocketOf(pocketId, body.imageUrl), etag: tagOf(version + 1) };
      },
    },
  });
  return {
    config: { socialUrl: social.url, financialUrl: financial.url, serviceTokenKey: keys['bff-mobile']?.privateKey ?? {} }, // prettier-ignore
    stop: () => Promise.all([social.stop(), financial.stop()]),
  };
}

function tagOf(of: number): string {
  return `"${String(of)}.a.0.2026-11-22-0"`;
}

function pocketOf(id: string, image: string | null = null): components['schemas']['Pocket'] {
  const nothing = { amountMinor: 0, currency: 'EUR' };
  const basis = {
    asOf: '2026-11-22',
    pace: 'none' as const,
    monthsObserved: 0,
    monthsLeft: null,
    remainingMinor: null,
  };
  return {
    ...{ id, name: 'Trip', emoji: null, imageUrl: image, currency: 'EUR', balance: nothing, target: null },
    ...{ targetDate: null, monthlyAmount: null, derived: null, percent: null, visibility: 'private', shared: null },
    ...{ status: 'open', viewerRole: id === own ? 'owner' : 'contributor', lock: null, createdAt: at, closedAt: null },
    plan: {
      ...{ status: 'no_deadline', paceMinor: 0, neededMinor: null, catchUpMinor: null, projectedDate: null },
      basis: { ...basis, text: 'Nothing.' },
    },
  };
}

async function change(
  pocketId: string,
  body: object,
  { app, headers = {} }: { app?: typeof mobile; headers?: object } = {},
) {
  const phone = app ?? mobile;
  return request(phone.app)
    .patch(`/v1/pockets/${pocketId}`)
    .set({ authorization: `Bearer ${await phone.token()}`, ...headers })
    .send(body);
}

test('the pocket shows a picture that social keeps, and the one before goes last', async () => {
  earlierMediaIds = [earlier];
  const onRead = { 'if-match': tagOf(1) };

  const answer = await change(own, { imageMediaId: mediaId, name: 'Winter' }, { headers: onRead });

  expect([answer.status, answer.headers['etag']]).toEqual([200, tagOf(2)]);
  expect(answer.body).toMatchObject({ id: own, imageUrl });
  expect(asked).toEqual([
    ['keep', userId, own, mediaId],
    ['update', own, onRead['if-match'], { name: 'Winter', imageUrl }],
    ['drop', userId, own, [earlier]],
  ]);
});

test('null takes the picture away', async () => {
  earlierMediaIds = [earlier];

  expect((await change(own, { imageMediaId: null })).status).toBe(200);

  expect(asked).toEqual([
    ['keep', userId, own, null],
    ['update', own, tagOf(1), { imageUrl: null }],
    ['drop', userId, own, [earlier]],
  ]);
});

test.each([
  ['since the phone read it', { 'if-match': tagOf(0) }],
  ['at the same time', {}],
])('a pocket that was changed %s keeps its picture', async (when, headers) => {
  earlierMediaIds = [earlier];
  changesMeanwhile = when === 'at the same time';

  const answer = await change(own, { imageMediaId: mediaId }, { headers });

  expect(answer.body).toMatchObject({ status: 412, code: 'precondition_failed' });
  expect(asked.map(([what]) => what)).toEqual(['keep', 'update']);
});

test.each([
  ['a pocket that is not there', foreign, mediaId, 404, 'not_found'],
  ['a pocket of another owner', joined, mediaId, 403, 'forbidden'],
  ['a picture that is not there', own, earlier, 404, 'not_found'],
  ['a picture that is not ready', own, unready, 409, 'media_not_ready'],
])('%s leaves nothing behind', async (_what, pocketId, imageMediaId, status, code) => {
  const answer = await change(pocketId, { imageMediaId, name: 'Winter' });

  expect(answer.body).toMatchObject({ status, code });
  expect(asked).toEqual([]);
});

test('while social is away no picture is changed, but everything else is', async () => {
  const withPicture = await change(own, { imageMediaId: mediaId, name: 'Winter' }, { app: alone });
  const without = await change(own, { name: 'Winter' }, { app: alone });

  expect([withPicture.status, without.status]).toEqual([503, 200]);
  expect(asked).toEqual([['update', own, undefined, { name: 'Winter' }]]);
});

test.each([[{}], [{ imageUrl }], [{ imageMediaId: 'no id' }]])('refuses the change %j', async (body) => {
  expect((await change(own, body)).status).toBe(400);

  expect(asked).toEqual([]);
});
