import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import request from 'supertest';
import { listOperations, loadDocument } from '#platform/document';
import { newId } from '#platform/ids';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { waitFor } from '#platform/testing/wait';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { operations as SocialOperations } from '#openapi/social';
import { startMobile } from './mobile-app.ts';

type Body<Operation extends { responses: { 200: { content: { 'application/json': unknown } } } }> =
  Operation['responses'][200]['content']['application/json'];

const authors = 50;
const mostCalls = 6;
/** What was asked of the services, in order. */
const calls: string[] = [];
let behind: Awaited<ReturnType<typeof startServices>>;
let mobile: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  behind = await startServices();
  mobile = await startMobile(behind.config);
});
beforeEach(() => {
  calls.length = 0;
});
afterAll(async () => {
  await mobile.stop();
  await behind.stop();
});

/** What the contract gives as an example of an operation's answer. */
function exampleOf<Example>(service: string, operationId: string): Example {
  const found = listOperations(loadDocument(service)).find(({ id }) => id === operationId);
  const { responses } = found?.operation as unknown as {
    responses: Record<200, { content: Record<'application/json', { example: Example }> }>;
  };
  return responses[200].content['application/json'].example;
}

/** A page of posts, each by another author and with another pocket. */
function manyPosts(): Body<SocialOperations['getHome']> {
  const home = exampleOf<Body<SocialOperations['getHome']>>('social', 'getHome');
  const items = Array.from({ length: authors }, () =>
    home.feed.items.slice(0, 1).map((item) => {
      const [id, pocketId] = [newId(), newId()];
      const pocket = { id: pocketId, followedAuthorId: null };
      return { ...item, id, placeId: id, author: { ...item.author, id: newId() }, pocket };
    }),
  ).flat();
  return { ...home, feed: { items, nextCursor: null } };
}

async function startServices() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const home = manyPosts();
  const social = await startStandIn<Pick<SocialOperations, 'getHome' | 'getFeedScreen'>>({
    name: 'social',
    trust,
    handlers: {
      getHome: () => ({ status: 200, body: noted('social.getHome', home) }),
      getFeedScreen: () => ({ status: 200, body: noted('social.getFeedScreen', { feed: home.feed, marker: null }) }),
    },
  });
  const money = exampleOf<Body<FinancialOperations['getHome']>>('financial', 'getHome');
  const financial = await startStandIn<Pick<FinancialOperations, 'getHome' | 'listPocketCards'>>({
    name: 'financial',
    trust,
    handlers: {
      getHome: () => ({ status: 200, body: noted('financial.getHome', money) }),
      listPocketCards: ({ query }) => ({
        status: 200,
        body: noted(`financial.listPocketCards of ${String(query.ids.length)}`, { items: [] }),
      }),
    },
  });
  const flagship = await startStandIn<Pick<FlagshipOperations, 'listBalances'>>({
    name: 'flagship',
    trust,
    handlers: { listBalances: () => ({ status: 200, body: noted('flagship.listBalances', money.balances) }) },
  });
  return {
    config: {
      socialUrl: social.url,
      financialUrl: financial.url,
      flagshipUrl: flagship.url,
      serviceTokenKey: keys['bff-mobile']?.privateKey ?? {},
    },
    stop: () => Promise.all([social, financial, flagship].map((service) => service.stop())),
  };
}

function noted<T>(call: string, body: T): T {
  calls.push(call);
  return body;
}

test.each([
  ['home', ['social.getHome', 'financial.getHome', 'flagship.listBalances']],
  ['feed', ['social.getFeedScreen']],
])('the %s screen asks one batch of each service, and one for the pockets of 50 authors', async (name, batches) => {
  const token = await mobile.token();

  const { body } = await waitFor('the whole screen', async () => {
    calls.length = 0;
    const answer = await request(mobile.app).get(`/v1/screens/${name}`).set('Authorization', `Bearer ${token}`);
    return calls.length === batches.length + 1 && answer;
  });

  expect(body.sections.feed.data.items).toHaveLength(authors);
  expect([...calls].sort()).toEqual([...batches, `financial.listPocketCards of ${String(authors)}`].sort());
  expect(calls.length).toBeLessThanOrEqual(mostCalls);
});
