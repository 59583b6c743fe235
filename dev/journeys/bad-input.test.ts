import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool } from 'undici';
import { listOperations, loadDocument } from '../../platform/document.ts';
import type { OperationEntry } from '../../platform/document.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { spoilOperation } from './bad-input/bad-requests.ts';
import type { Spoilt } from './bad-input/bad-requests.ts';
import { openDoors } from './bad-input/doors.ts';
import type { Door } from './bad-input/doors.ts';
import { goodRequest, rawRequest } from './bad-input/good-request.ts';
import type { RawRequest } from './bad-input/good-request.ts';
import { judgeProblem, judgeRefusal, send } from './bad-input/judge-answer.ts';
import { randomRequests } from './bad-input/random-requests.ts';
import { findUnboundedInput } from './bad-input/unbounded-input.ts';
import { watchDatabases } from './database-state.ts';
import type { DatabaseWatch } from './database-state.ts';
import { makeOwnedThings } from './owned-things.ts';
import { registerPerson } from './phone.ts';
import { warn } from './warn.ts';

const names = ['bff-mobile', 'bff-admin', 'social', 'financial', 'flagship'];
const operations = names.flatMap((name) => listOperations(loadDocument(name)).map((entry) => ({ name, entry })));

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
let stack: Stack;
let doors: Map<string, Door>;
let pools: Map<string, Pool>;
let known: Record<string, string>;
let databases: DatabaseWatch;
/** What the databases held after the test before. */
let state: Record<string, string>;

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  const base = stack.endpoints.urls['bff-mobile'] ?? '';
  const ada = await registerPerson(base, 'ada');
  const { body: session } = await ada.api.login({ body: { email: ada.email, password: ada.password } });
  const { body: stepUp } = await ada.api.stepUp({ body: { password: ada.password } });
  await warn(stack, devDir, ada.id);
  const { toPocketId, postId, ...things } = await makeOwnedThings(base, ada);
  known = { ...things, handle: 'ada', postId, toPocketId, sweepToPocketId: toPocketId, replyToId: postId };
  const keys = { id: ada.id, accessToken: session.accessToken, stepUpToken: stepUp.stepUpToken };
  doors = new Map((await openDoors(stack, devDir, keys)).map((door) => [door.name, door]));
  databases = await watchDatabases(stack);
  state = await databases.read();
  pools = new Map([...doors.values()].map(({ name, url }) => [name, new Pool(url, { connections: 4 })]));
});

afterAll(async () => {
  await Promise.all([databases.close(), ...[...pools.values()].map((pool) => pool.close())]);
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

test('guesses of a password are counted by connection, whatever X-Forwarded-For says', async () => {
  const body = JSON.stringify({ email: 'grace@example.com', password: 'not-the-password' });
  const guess = (from: string) =>
    send(poolOf('bff-mobile'), {
      method: 'POST',
      target: '/v1/auth/login',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body,
    });

  const statuses: number[] = [];
  for (let tried = 0; tried < 11; tried += 1) statuses.push((await guess(`203.0.113.${String(tried)}`)).status);
  const strange = await guess('x'.repeat(1_000));

  expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  expect(strange.status).toBe(429);
});

describe('a bad request changes nothing and is refused as what it is', () => {
  test.each(operations)('$name $entry.id', async ({ name, entry }) => {
    const door = doorOf(name);
    const authorization = await door.credentials(entry);

    const faults = await sendAll(name, entry, [
      ...spoilOperation(door.document, entry, known).map((spoilt) => ({
        ...spoilt,
        request: withKey(spoilt.request, authorization),
        expected: statusesOf(door, entry, spoilt),
      })),
      ...(authorization === undefined ? [] : await withWrongKeys(door, entry)),
    ]);

    const after = await databases.read();
    const before = state;
    state = after;
    expect(faults).toEqual([]);
    expect(after).toEqual(before);
  });
});

test.each(operations)('$name $entry.id takes nothing without a bound', ({ name, entry }) => {
  expect(findUnboundedInput(loadDocument(name), entry)).toEqual(name === 'flagship' && entry.id === 'receiveWebhook' ? [' takes any member'] : []); // prettier-ignore
});

test.each(names)('%s refuses what it has no operation for', async (name) => {
  const door = doorOf(name);
  const paths = Object.keys(door.document.paths).map((each) => each.replace(/\{\w+\}/g, 'x'));
  const elsewhere = [
    '/',
    '/v1',
    '/v1/nothing',
    '//v1/me',
    '/v1/me/',
    '/V1/ME/..',
    '/%00',
    '/%',
    '/v1/%2e%2e/%2e%2e/etc',
  ];
  const plain = { headers: {}, body: undefined };

  const faults = await sendAll(name, undefined, [
    ...paths.map((target) => ({ why: 'TRACE', request: { ...plain, method: 'TRACE', target }, expected: [405] })),
    ...elsewhere.map((target) => ({ why: target, request: { ...plain, method: 'DELETE', target }, expected: [400, 401, 404, 405] })), // prettier-ignore
  ]);

  expect(faults).toEqual([]);
});

test('no random request is answered with a 5xx or by something that is no problem', async () => {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
  const count = Number(process.env['REQUESTS'] ?? 3_000);
  const statuses = new Map<number, number>();
  console.info(`SEED=${String(seed)} REQUESTS=${String(count)}`);

  const faults: string[] = [];
  for (const name of names) {
    const door = doorOf(name);
    // Signing out, or leaving for good, would end the test for everybody.
    const entries = listOperations(door.document).filter(({ id }) => !['logout', 'closeAccount', 'erasePerson'].includes(id)); // prettier-ignore
    const requests = randomRequests(door.document, entries, known, { seed, count: Math.ceil(count / names.length) });
    await eachOf(requests, async ({ entry, request }) => {
      const authorization = await door.credentials(entry);
      const answer = await send(poolOf(name), withKey(request, authorization));
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const wrong = answer.status < 400 ? [] : judgeProblem(answer);
      faults.push(
        ...wrong.map((fault) => `${entry.id} ${request.target} ${String(request.body)}: ${fault} ${answer.text}`),
      );
    });
  }

  expect(faults).toEqual([]);
  expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([400, 404]));
});

/** Who is not let in is told so, whatever else is wrong. */
function statusesOf(door: Door, entry: OperationEntry, { expected }: Spoilt): number[] {
  if (door.isForBrowsers(entry)) return [401];
  return entry.id === 'receiveWebhook' ? [...expected, 401] : expected;
}

function doorOf(name: string): Door {
  const door = doors.get(name);
  if (!door) throw new Error(`there is no door ${name}`);
  return door;
}

function poolOf(name: string): Pool {
  const pool = pools.get(name);
  if (!pool) throw new Error(`nobody listens at ${name}`);
  return pool;
}

function withKey(request: RawRequest, authorization: string | undefined): RawRequest {
  return authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } };
}

/** Good requests with keys that do not fit. */
async function withWrongKeys(door: Door, entry: OperationEntry): Promise<Spoilt[]> {
  const request = rawRequest(goodRequest(door.document, entry, known));
  const keys = await door.wrongKeys(entry);
  const inQuery = { ...request, target: `${request.target}?access_token=${(await door.credentials(entry)) ?? ''}`.replace(' ', '%20') }; // prettier-ignore
  return [
    ...keys.map(({ why, authorization, knows = false }) => ({
      why,
      request: withKey(request, authorization),
      expected: [knows ? 403 : 401],
    })),
    { why: 'the token in the address', request: inQuery, expected: [401] },
  ];
}

async function sendAll(name: string, entry: OperationEntry | undefined, spoilt: Spoilt[]): Promise<string[]> {
  const faults: string[] = [];
  await eachOf(spoilt.values(), async ({ why, request, expected, place }) => {
    const answer = await send(poolOf(name), request);
    const wrong = judgeRefusal(answer, { expected, ...(place !== undefined && { place }) });
    faults.push(...wrong.map((fault) => `${entry?.id ?? request.target}: ${why}: ${fault}`));
  });
  return faults;
}

/** A few at a time. */
async function eachOf<T>(items: Iterator<T>, work: (item: T) => Promise<void>): Promise<void> {
  const worker = async () => {
    for (let item = items.next(); item.done !== true; item = items.next()) await work(item.value);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}
