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

type Wanted = FinancialOperations['createInvitation']['requestBody']['content']['application/json'];
type Asked = 'createInvitation' | 'sharePocket' | 'lockPocket' | 'createChallenge' | 'getChallenge' | 'encourageMember';

const friend = newId();
const hidden = newId();
const pocketId = newId();
/** Which operations with other people financial was asked for, and whom they named. */
const asked: [operation: string, people: string[]][] = [];
let isSuspended = false;
const invited: (Wanted & { by: string; key: string | undefined })[] = [];
let behind: Awaited<ReturnType<typeof startServices>>;
let mobile: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  behind = await startServices();
  mobile = await startMobile(behind.config);
  await waitFor('both to answer', async () => (await send('get', `/v1/challenges/${newId()}`)).status === 200);
});
beforeEach(() => {
  invited.length = 0;
  asked.length = 0;
  isSuspended = false;
});
afterAll(async () => {
  await mobile.stop();
  await behind.stop();
});

/** Social, which lets everybody see the friend and nobody else, and knows whether the caller is suspended, and financial, which notes who is invited. */
async function startServices() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const social = await startStandIn<Pick<SocialOperations, 'listProfiles' | 'assertMayAct'>>({
    name: 'social',
    trust,
    handlers: {
      assertMayAct: () => {
        if (isSuspended) throw new Problem('account_suspended');
        return { status: 204 };
      },
      listProfiles: ({ query }) => ({
        status: 200,
        body: {
          items: query.ids
            .filter((id) => id.toLowerCase() === friend)
            .map(() => ({ id: friend, handle: 'friend', displayName: 'Friend', avatarUrl: null })),
        },
      }),
    },
  });
  const financial = await startStandIn<Pick<FinancialOperations, Asked>>({
    name: 'financial',
    trust,
    handlers: {
      createInvitation: ({ caller, path, headers, body }) => {
        invited.push({ ...body, by: caller.userId, key: headers['idempotency-key'] });
        const [createdAt, expiresAt] = ['2026-11-22T09:30:00.000Z', '2026-12-06T09:30:00.000Z'];
        const pocket = { name: 'Trip', emoji: null, currency: 'EUR' };
        const people = { inviterId: caller.userId, inviteeId: body.userId, role: body.role };
        const invitation = {
          id: newId(),
          ...path,
          pocket,
          ...people,
          status: 'pending',
          createdAt,
          expiresAt,
        } as const;
        return { status: 201, body: invitation };
      },
      lockPocket: ({ body }) => {
        asked.push(['lockPocket', [body.guardianId ?? '']]);
        throw new Problem('lock_not_weakened');
      },
      createChallenge: ({ body }) => {
        asked.push(['createChallenge', body.memberIds]);
        throw new Problem('too_many_challenges');
      },
      sharePocket: () => {
        asked.push(['sharePocket', []]);
        throw new Problem('pocket_closed');
      },
      encourageMember: ({ path }) => {
        asked.push(['encourageMember', [path.userId]]);
        return { status: 204 };
      },
      getChallenge: ({ path, caller }) => ({ status: 200, body: challengeOf(path.challengeId, caller.userId) }),
    },
  });
  return {
    config: {
      socialUrl: social.url,
      financialUrl: financial.url,
      serviceTokenKey: keys['bff-mobile']?.privateKey ?? {},
    },
    stop: () => Promise.all([social.stop(), financial.stop()]),
  };
}

/** A challenge of the caller's with the friend, and with somebody whom the caller cannot see. */
function challengeOf(id: string, creatorId: string): components['schemas']['Challenge'] {
  const people = [creatorId, friend, hidden];
  return {
    ...{ id, name: 'Race', kind: 'streak', creatorId, status: 'running', viewer: { status: 'joined', pocketId } },
    ...{ joinedCount: 3, invitedCount: 0, createdAt: '2026-11-22T09:30:00.000Z', endsAt: '2027-11-22T09:30:00.000Z' },
    leaderboard: people.map((person, rank) => ({ userId: person, place: rank + 1, percent: null, streak: 3 - rank })),
    invitedIds: [],
  };
}

async function send(method: 'get' | 'post' | 'put', path: string, body?: object) {
  const token = await mobile.token();
  return request(mobile.app)[method](path).set('Authorization', `Bearer ${token}`).send(body);
}

async function invite(person: string) {
  const token = await mobile.token();
  return request(mobile.app)
    .post(`/v1/pockets/${pocketId}/invitations`)
    .set({ Authorization: `Bearer ${token}`, 'Idempotency-Key': 'the key' })
    .send({ userId: person, role: 'contributor' });
}

test('a person whom the caller can see is invited, under the caller’s key', async () => {
  const answer = await invite(friend);

  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ pocketId, inviteeId: friend, status: 'pending' });
  expect(invited).toEqual([{ userId: friend, role: 'contributor', by: userId, key: 'the key' }]);
});

test('a person is the same one in upper case', async () => {
  const answer = await invite(friend.toUpperCase());

  expect(answer.status).toBe(201);
  expect(invited).toHaveLength(1);
});

test('a person who is not there, or across a block, is not: financial is not even asked', async () => {
  const answer = await invite(newId());

  expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  expect(invited).toEqual([]);
});

const endsAt = '2027-01-01T00:00:00.000Z';

test.each([
  ['lockPocket', `/v1/pockets/${pocketId}/lock`, { delayHours: 1, guardianId: hidden }],
  ['createChallenge', '/v1/challenges', { name: 'Race', kind: 'streak', memberIds: [friend, hidden], endsAt }],
  ['encourageMember', `/v1/challenges/${newId()}/members/${hidden}/encouragement`, undefined],
])('%s with somebody across a block is refused as with nobody: financial is not even asked', async (_, path, body) => {
  const answer = await send('post', path, body);

  expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  expect(asked).toEqual([]);
});

test.each([
  ['lockPocket', `/v1/pockets/${pocketId}/lock`, { delayHours: 1, guardianId: friend }, 'lock_not_weakened'],
  ['createChallenge', '/v1/challenges', { name: 'Race', kind: 'streak', memberIds: [friend], endsAt }, 'too_many_challenges'],
  ['encourageMember', `/v1/challenges/${newId()}/members/${friend}/encouragement`, undefined, undefined],
])('%s with a friend is asked of financial, whose answer counts', async (operation, path, body, code) => {
  const answer = await send('post', path, body);

  expect(answer.body.code).toBe(code);
  expect(asked).toEqual([[operation, [friend]]]);
}); // prettier-ignore

test.each([
  ['createInvitation', 'post', `/v1/pockets/${pocketId}/invitations`, { userId: friend, role: 'contributor' }],
  ['sharePocket', 'put', `/v1/pockets/${pocketId}/share`, { audience: 'public' }],
  ['createChallenge', 'post', '/v1/challenges', { name: 'Race', kind: 'streak', memberIds: [friend], endsAt }],
  ['encourageMember', 'post', `/v1/challenges/${newId()}/members/${friend}/encouragement`, undefined],
] as const)('a suspended person meets nobody around saving: %s is refused', async (_, method, path, body) => {
  isSuspended = true;

  const answer = await send(method, path, body);

  expect([answer.status, answer.body.code]).toEqual([403, 'account_suspended']);
  expect([asked, invited]).toEqual([[], []]);
});

test('a challenge has the profiles of whom the caller can see; the others keep their places', async () => {
  const challengeId = newId();

  const { status, body, headers } = await send('get', `/v1/challenges/${challengeId}`);

  expect(status).toBe(200);
  expect(body).toMatchObject({ leaderboard: [userId, friend, hidden].map((person) => ({ userId: person })) });
  expect(body).toMatchObject({ people: [{ id: friend }] });
  expect(body).toHaveProperty('people.length', 1);
  expect(headers['etag']).toBeDefined();
});
