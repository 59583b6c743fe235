import { afterAll, beforeAll, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '#platform/ids';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { waitFor } from '#platform/testing/wait';
import type { operations as SocialOperations } from '#openapi/social';
import { sessionId, startMobile, userId } from './mobile-app.ts';

const minuteMs = 60_000;
let social: Awaited<ReturnType<typeof startStandIn>>;
let mobile: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const endedAt = () => new Date(mobile.clock.now().getTime() - 15 * minuteMs).toISOString();
  social = await startStandIn<Pick<SocialOperations, 'listEndedSessions'>>({
    name: 'social',
    trust,
    handlers: {
      listEndedSessions: ({ query: { since } }) => {
        const items = [{ sessionId, userId, endedAt: endedAt() }];
        const told = items.filter(({ endedAt: at }) => Date.parse(at) >= Date.parse(since));
        return { status: 200, body: { items: told, asOf: since } };
      },
    },
  });
  mobile = await startMobile({ socialUrl: social.url, serviceTokenKey: keys['bff-mobile']?.privateKey ?? {} });
});
afterAll(async () => {
  await mobile.stop();
  await social.stop();
});

async function statusFor(change: Record<string, unknown>) {
  const token = await mobile.token(change);
  return (await request(mobile.app).get('/v1/rules').set('Authorization', `Bearer ${token}`)).status;
}

test('a process that has just begun, by a clock that is ahead, learns of sessions that had ended before', async () => {
  await waitFor('the token to be refused', async () => (await statusFor({})) === 401);

  expect(await statusFor({ sid: newId() })).not.toBe(401);
});
