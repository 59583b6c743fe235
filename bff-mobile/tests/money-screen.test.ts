import { afterAll, beforeAll, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '#platform/ids';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import { waitFor } from '#platform/testing/wait';
import type { components, operations as FinancialOperations } from '#openapi/financial';
import type { components as FlagshipComponents, operations as FlagshipOperations } from '#openapi/flagship';
import { startMobile } from './mobile-app.ts';

type Balance = components['schemas']['BankBalances']['items'][number];

const told = '2026-11-22T08:00:00.000Z';
const now = '2026-11-22T09:00:00.000Z';
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const [connectionId, accountId] = [newId(), newId()];
let behind: Awaited<ReturnType<typeof startServices>>;
let whole: Awaited<ReturnType<typeof startMobile>>;
let withoutFlagship: Awaited<ReturnType<typeof startMobile>>;
let withoutFinancial: Awaited<ReturnType<typeof startMobile>>;
let withNobody: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  behind = await startServices();
  const { financialUrl, flagshipUrl, serviceTokenKey } = behind.config;
  whole = await startMobile(behind.config);
  withoutFlagship = await startMobile({ financialUrl, serviceTokenKey });
  withoutFinancial = await startMobile({ flagshipUrl, serviceTokenKey });
  withNobody = await startMobile({ serviceTokenKey });
});
afterAll(async () => {
  await Promise.all([whole, withoutFlagship, withoutFinancial, withNobody].map((app) => app.stop()));
  await behind.stop();
});

/** Flagship, which knows an account, and financial, which was told of it an hour earlier. */
async function startServices() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const financial = await startStandIn<Pick<FinancialOperations, 'getMoneyScreen'>>({
    name: 'financial',
    trust,
    handlers: { getMoneyScreen: () => ({ status: 200, body: moneyScreenNow() }) },
  });
  const flagship = await startStandIn<Pick<FlagshipOperations, 'getBankScreen'>>({
    name: 'flagship',
    trust,
    handlers: { getBankScreen: () => ({ status: 200, body: bankScreen }) },
  });
  return {
    config: {
      financialUrl: financial.url,
      flagshipUrl: flagship.url,
      serviceTokenKey: keys['bff-mobile']?.privateKey ?? {},
    },
    stop: () => Promise.all([financial.stop(), flagship.stop()]),
  };
}

function balanceOf(amountMinor: number, asOf: string): Balance {
  return {
    ...{ accountId, connectionId, institutionName: 'First Sandbox Bank', name: 'Everyday account', mask: '4711' },
    ...{ kind: 'current', balance: eur(amountMinor), available: null, asOf, status: 'active' },
  };
}

const moneyScreen: components['schemas']['MoneyScreen'] = {
  safeToSpend: { items: [], asOf: told, stale: true, until: '2026-12-22T09:00:00.000Z' },
  transfers: { items: [], nextCursor: null },
  accounts: { items: [balanceOf(100, told)], asOf: told },
};
let asked = 0;
/** What is free to spend is reckoned anew each time, over the days from then on. */
function moneyScreenNow(): components['schemas']['MoneyScreen'] {
  asked += 1;
  const until = new Date(Date.parse(moneyScreen.safeToSpend.until) + asked).toISOString();
  return { ...moneyScreen, safeToSpend: { ...moneyScreen.safeToSpend, until } };
}

const bankScreen: FlagshipComponents['schemas']['BankScreen'] = {
  connections: { items: [] },
  accounts: { items: [balanceOf(200, now)], asOf: now },
  transactions: {
    items: [
      {
        ...{ id: newId(), originId: newId(), accountId, amount: eur(-1_290), description: 'GREEN GROCER' },
        bookedOn: '2026-11-21',
        ...{ pending: false, category: 'groceries', categoryFrom: 'guess', note: null, possibleDuplicate: false },
      },
    ],
  },
};

async function screen(app: typeof whole, headers: Record<string, string> = {}) {
  const token = await app.token();
  return request(app.app)
    .get('/v1/screens/money')
    .set({ Authorization: `Bearer ${token}`, ...headers });
}

/** A screen whose parts came in time: on a busy machine it is asked again, as its contract has it. */
function servedScreen(app: typeof whole, part: string) {
  return waitFor(`the part ${part}`, async () => {
    const answer = await screen(app);
    const { sections } = answer.body as { sections?: Record<string, { status: string } | undefined> };
    return (sections?.[part]?.status ?? 'unavailable') !== 'unavailable' && answer;
  });
}

test('the screen joins what flagship and financial know, each part with its age, and an ETag', async () => {
  const { body, headers } = await waitFor('the whole screen', async () => {
    const answer = await screen(whole);
    const { sections } = answer.body as { sections?: Record<string, { status: string }> };
    const late = Object.values(sections ?? {}).filter(({ status }) => status === 'unavailable');
    return sections?.['accounts']?.status === 'ok' && late.length === 0 && answer;
  });

  expect(body.sections).toEqual({
    connections: { status: 'ok', asOf: expect.any(String), data: bankScreen.connections },
    accounts: { status: 'ok', asOf: now, data: bankScreen.accounts },
    transactions: { status: 'ok', asOf: expect.any(String), data: bankScreen.transactions },
    safeToSpend: {
      status: 'stale',
      asOf: told,
      retryAfterSeconds: 30,
      data: { ...moneyScreen.safeToSpend, until: expect.any(String) },
    },
    transfers: { status: 'ok', asOf: expect.any(String), data: moneyScreen.transfers },
  });
  await waitFor('the screen to be unchanged', async () => {
    return (await screen(whole, { 'If-None-Match': headers['etag'] ?? '' })).status === 304;
  });
});

test('without flagship the last known accounts stand in with their age, and the rest of the money is there', async () => {
  const { status, body } = await servedScreen(withoutFlagship, 'transfers');

  expect(status).toBe(200);
  expect(body.sections).toMatchObject({
    connections: { status: 'unavailable', data: null },
    accounts: { status: 'stale', asOf: told, retryAfterSeconds: 30, data: moneyScreen.accounts },
    transactions: { status: 'unavailable', data: null },
    transfers: { status: 'ok' },
  });
});

test('without financial the banks are there, and what is free to spend is unavailable, not 0', async () => {
  const { body } = await servedScreen(withoutFinancial, 'accounts');

  expect(body.sections).toMatchObject({
    accounts: { status: 'ok', asOf: now },
    safeToSpend: { status: 'unavailable', data: null },
    transfers: { status: 'unavailable', data: null },
  });
});

test('with nobody behind it there is no screen', async () => {
  const { status, body } = await screen(withNobody);

  expect([status, body.code]).toEqual([503, 'upstream_unavailable']);
});
