import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '#platform/ids';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { waitFor } from '#platform/testing/wait';
import type { components, operations as FinancialOperations } from '#openapi/financial';
import type { operations as SocialOperations } from '#openapi/social';
import { startMobile, userId } from './mobile-app.ts';

type Schemas = components['schemas'];

const at = '2026-11-22T09:30:00.000Z';
const eur = { amountMinor: 500, currency: 'EUR' };
const [friend, blocked, asker, pocketId, crowdedId] = [newId(), newId(), newId(), newId(), newId()];
const crowd = Array.from({ length: 100 }, () => newId());
const ok = { status: 'ok' };
const asked: string[][] = [];
let behind: Awaited<ReturnType<typeof startServices>>;
let mobile: Awaited<ReturnType<typeof startMobile>>;
let alone: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  behind = await startServices();
  mobile = await startMobile(behind.config);
  const { financialUrl, serviceTokenKey } = behind.config;
  alone = await startMobile({ financialUrl, serviceTokenKey });
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(async () => {
  await mobile.stop();
  await alone.stop();
  await behind.stop();
});

/** Social, which lets the caller see themself and the friend, and financial with one pocket of all three. */
async function startServices() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const social = await startStandIn<Pick<SocialOperations, 'listProfiles'>>({
    name: 'social',
    trust,
    handlers: {
      listProfiles: ({ query }) => {
        asked.push(query.ids);
        return { status: 200, body: { items: query.ids.filter((id) => id !== blocked).map(profileOf) } };
      },
    },
  });
  const financial = await startStandIn<Pick<FinancialOperations, 'getPocketScreen' | 'getPocketsScreen'>>({
    name: 'financial',
    trust,
    handlers: {
      getPocketScreen: ({ path }) => ({
        status: 200,
        body: pocketScreen(path.pocketId === crowdedId ? crowd : [userId, friend, blocked]),
      }),
      getPocketsScreen: () => ({ status: 200, body: pocketsScreen() }),
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

function profileOf(id: string) {
  return { id, handle: 'somebody', displayName: 'Somebody', avatarUrl: null };
}

function pocketScreen(people: string[]): Schemas['PocketScreen'] {
  const lock = {
    ...{ until: null, untilAmount: null, delayHours: 1, delayChange: null, unlock: null, since: at },
    guardian: { userId: asker, status: 'accepted' as const },
  };
  const pocket = { ...pocketOf(), lock };
  const members = people.map((member) => ({
    ...{ userId: member, role: 'contributor' as const, joinedAt: at, votesFrom: null },
    ...{ contributed: eur, withdrawn: eur, share: eur },
  }));
  return {
    pocket,
    plan: pocket.plan,
    members: { items: members, total: people.length },
    movements: { items: [], nextCursor: null },
    rules: { items: [] },
    history: { step: 'day', points: [{ day: '2026-11-22', balanceMinor: 500 }] },
  };
}

function pocketsScreen(): Schemas['PocketsScreen'] {
  const invitation = {
    ...{ id: newId(), pocketId: newId(), pocket: { name: 'Trip', emoji: null, currency: 'EUR' } },
    ...{ inviteeId: userId, role: 'viewer' as const, status: 'pending' as const, createdAt: at, expiresAt: at },
  };
  const guardianship = {
    ...{ id: newId(), pocketId: newId(), pocket: { name: 'Car', emoji: null }, guardianId: userId },
    ...{ status: 'pending' as const, unlock: null, createdAt: at },
  };
  const challenge = {
    ...{ id: newId(), name: 'Race', kind: 'streak' as const, status: 'running' as const, createdAt: at, endsAt: at },
    ...{ viewer: { status: 'invited' as const, pocketId: null }, joinedCount: 1, invitedCount: 1 },
  };
  return {
    totals: { items: [{ pocketCount: 1, balance: eur, share: eur }] },
    pockets: { items: [pocketOf()], total: 1 },
    invitations: {
      items: [friend, blocked, friend].map((inviterId) => ({ ...invitation, inviterId })),
      guardianships: [{ ...guardianship, ownerId: asker }],
      challenges: [{ ...challenge, creatorId: asker }],
    },
  };
}

function pocketOf(): Schemas['Pocket'] {
  const basis = {
    asOf: '2026-11-22',
    pace: 'none' as const,
    monthsObserved: 0,
    monthsLeft: null,
    remainingMinor: null,
  };
  return {
    ...{ id: pocketId, name: 'Trip', emoji: null, imageUrl: null, currency: 'EUR', balance: eur, target: null },
    ...{ targetDate: null, monthlyAmount: null, derived: null, percent: null, visibility: 'private', shared: null },
    ...{ status: 'open', viewerRole: 'owner', lock: null, createdAt: at, closedAt: null },
    plan: {
      ...{ status: 'no_deadline', paceMinor: 0, neededMinor: null, catchUpMinor: null, projectedDate: null },
      basis: { ...basis, text: 'Nothing.' },
    },
  };
}

async function screen(app: typeof mobile, path: string) {
  const token = await app.token();
  return request(app.app).get(`/v1/screens/${path}`).set('Authorization', `Bearer ${token}`);
}

/** A screen of which no part came too late: on a busy machine it is asked again, as its contract has it. */
function wholeScreen(path: string) {
  return waitFor('the whole screen', async () => {
    asked.length = 0;
    const answer = await screen(mobile, path);
    const sections = Object.values((answer.body as { sections?: Record<string, { status: string }> }).sections ?? {});
    return sections.length > 0 && sections.every(({ status }) => status === 'ok') && answer;
  });
}

test('the members of a pocket and its guardian have their profiles, in one question; one across a block has none', async () => {
  const { status, body } = await wholeScreen(`pocket/${pocketId}`);

  expect(status).toBe(200);
  expect(body).toMatchObject({
    sections: {
      ...{ pocket: ok, plan: ok, movements: ok, rules: ok, history: { ...ok, data: { points: [{}] } } },
      members: {
        ...ok,
        data: {
          total: 3,
          guardian: profileOf(asker),
          items: [{ profile: profileOf(userId) }, { profile: profileOf(friend) }, { profile: null }],
        },
      },
    },
  });
  expect(asked).toEqual([[asker, userId, friend, blocked]]);
});

test('so has everybody of a hundred members and their guardian', async () => {
  const { body } = await wholeScreen(`pocket/${crowdedId}`);

  expect(body.sections.members.data).toMatchObject({
    guardian: profileOf(asker),
    items: crowd.map((member) => ({ profile: profileOf(member) })),
  });
  expect(asked.map((ids) => ids.length).sort()).toEqual([1, 100]);
});

test('without social the money is there, and the members wait for their names', async () => {
  const { status, body } = await screen(alone, `pocket/${pocketId}`);

  expect(status).toBe(200);
  expect(body.sections.pocket.status).toBe('ok');
  expect(body.sections.members.status).toBe('stale');
  expect(body.sections.members.data.items).toHaveLength(3);
  expect(body.sections.members.data.items[1]).toMatchObject({ userId: friend, share: eur, profile: null });
});

test('the pockets come with their totals, and what waits with who asks, once each', async () => {
  const { status, body, headers } = await wholeScreen('pockets');

  expect(status).toBe(200);
  expect(body.sections.totals.data.items).toHaveLength(1);
  expect(body.sections.pockets).toMatchObject({ status: 'ok', data: { items: [{ id: pocketId }], total: 1 } });
  expect(body.sections.invitations.data.items).toHaveLength(3);
  expect(body.sections.invitations.data).toMatchObject({ guardianships: [{ ownerId: asker }], challenges: [{}] });
  expect(body.sections.invitations.data.people).toEqual([profileOf(friend), profileOf(asker)]);
  expect(asked).toEqual([[friend, blocked, asker]]);
  expect(headers['etag']).toBeDefined();
});
