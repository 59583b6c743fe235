import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import request from 'supertest';
import { listOperations, loadDocument } from '#platform/document';
import { newId } from '#platform/ids';
import { remainingMs } from '#platform/request-context';
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
/** How long each of them was waited for, in milliseconds. */
const waits: { call: string; ms: number }[] = [];
let behind: Awaited<ReturnType<typeof startServices>>;
let mobile: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  behind = await startServices();
  mobile = await startMobile(behind.config);
});
beforeEach(() => {
  calls.length = 0;
  waits.length = 0;
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

/** A thread as long as they are answered, in which each post has a pocket and the last has one that was there before. */
function longThread(): Body<SocialOperations['getThread']> {
  const { post } = exampleOf<Body<SocialOperations['getThread']>>('social', 'getThread');
  const posts = Array.from({ length: 151 }, () => ({
    ...post,
    ...{ id: newId(), pocket: { id: newId(), followedAuthorId: post.author.id } },
  }));
  const [first = post, ...others] = posts;
  const replies = others.slice(50).map((reply, place) => (place === 99 ? { ...reply, pocket: first.pocket } : reply));
  return { post: first, ancestors: others.slice(0, 50), replies: { items: replies, nextCursor: null } };
}

async function startServices() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const home = manyPosts();
  const found = exampleOf<Body<SocialOperations['getDiscover']>>('social', 'getDiscover');
  const items = found.posts.items.map((post) => ({ ...post, pocket: { id: newId(), followedAuthorId: null } }));
  const social = await startStandIn<Pick<SocialOperations, 'getHome' | 'getFeedScreen' | 'getThread' | 'getDiscover'>>({
    name: 'social',
    trust,
    handlers: {
      getHome: () => ({ status: 200, body: noted('social.getHome', home) }),
      getThread: () => ({ status: 200, body: noted('social.getThread', longThread()) }),
      getDiscover: () => ({
        status: 200,
        body: noted('social.getDiscover', { ...found, posts: { items } }),
      }),
      getFeedScreen: () => ({ status: 200, body: noted('social.getFeedScreen', { feed: home.feed, marker: null }) }),
    },
  });
  const money = exampleOf<Body<FinancialOperations['getHome']>>('financial', 'getHome');
  const card = { ownerId: newId(), name: 'Trip', emoji: null, percent: 50, balance: null };
  const financial = await startStandIn<Pick<FinancialOperations, 'getHome' | 'listPocketCards'>>({
    name: 'financial',
    trust,
    handlers: {
      getHome: () => ({ status: 200, body: noted('financial.getHome', money) }),
      listPocketCards: ({ query }) => ({
        status: 200,
        body: noted(`financial.listPocketCards of ${String(query.ids.length)}`, {
          items: query.ids.map((id) => ({ ...card, id })),
        }),
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
  waits.push({ call, ms: remainingMs(10_000) });
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

test('the pockets of the longest thread are all there, in as few batches as hold them', async () => {
  const token = await mobile.token();

  const pockets = await waitFor('the whole thread', async () => {
    calls.length = 0;
    const answer = await request(mobile.app).get(`/v1/screens/post/${newId()}`).set('Authorization', `Bearer ${token}`);
    if (answer.status !== 200) return false;
    const { post, ancestors, replies } = answer.body.sections;
    const posts = [post.data, ...ancestors.data, ...replies.data.items] as { pocket: { name: string | null } | null }[];
    return posts.every(({ pocket }) => pocket?.name !== null) && posts.map(({ pocket }) => pocket?.name);
  });

  expect(pockets).toEqual(Array.from({ length: 151 }, () => 'Trip'));
  expect(calls.slice(1).sort()).toEqual(['financial.listPocketCards of 100', 'financial.listPocketCards of 50']);
});

test.each(['home', 'feed', `post/${newId()}`, 'discover'])(
  'the %s screen has 800 ms, with the cards that are asked for after the posts',
  async (name) => {
    const token = await mobile.token();

    await waitFor('the whole screen', async () => {
      waits.length = 0;
      await request(mobile.app).get(`/v1/screens/${name}`).set('Authorization', `Bearer ${token}`);
      return waits.some(({ call }) => call.startsWith('financial.listPocketCards'));
    });

    const cards = waits.filter(({ call }) => call.startsWith('financial.listPocketCards'));
    const posts = waits.filter((wait) => !cards.includes(wait));
    expect(longest(posts) + longest(cards)).toBeLessThanOrEqual(800);
  },
);

function longest(of: typeof waits): number {
  return Math.max(...of.map(({ ms }) => ms));
}
