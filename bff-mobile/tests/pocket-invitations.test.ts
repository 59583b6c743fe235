import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '#platform/ids';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as SocialOperations } from '#openapi/social';
import { startMobile, userId } from './mobile-app.ts';

type Wanted = FinancialOperations['createInvitation']['requestBody']['content']['application/json'];

const friend = newId();
const pocketId = newId();
const invited: (Wanted & { by: string; key: string | undefined })[] = [];
let behind: Awaited<ReturnType<typeof startServices>>;
let mobile: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  behind = await startServices();
  mobile = await startMobile(behind.config);
});
beforeEach(() => {
  invited.length = 0;
});
afterAll(async () => {
  await mobile.stop();
  await behind.stop();
});

/** Social, which lets everybody see the friend and nobody else, and financial, which notes who is invited. */
async function startServices() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const social = await startStandIn<Pick<SocialOperations, 'listProfiles'>>({
    name: 'social',
    trust,
    handlers: {
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
  const financial = await startStandIn<Pick<FinancialOperations, 'createInvitation'>>({
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
