import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool } from 'undici';
import { listOperations, loadDocument } from '../../platform/document.ts';
import type { OperationEntry } from '../../platform/document.ts';
import { createServiceTokenIssuer } from '../../platform/service-token.ts';
import type { ActsFor } from '../../platform/service-token.ts';
import { freePorts } from '../stack/places.ts';
import { loadSecrets } from '../stack/secrets.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { intakeOf, meantSchema } from './bad-input/contract-schema.ts';
import { goodRequest, rawRequest } from './bad-input/good-request.ts';
import type { RawRequest } from './bad-input/good-request.ts';
import { send } from './bad-input/judge-answer.ts';
import { watchDatabases } from './database-state.ts';
import type { DatabaseWatch } from './database-state.ts';
import { idsOfOperations, openIds } from './owned-ids.ts';
import { makeOwnedThings } from './owned-things.ts';
import type { OwnedThings } from './owned-things.ts';
import { registerPerson } from './phone.ts';
import { warn } from './warn.ts';

const document = loadDocument('bff-mobile');
const operations = listOperations(document);
const rows = operations.flatMap((entry) =>
  Object.entries(idsOfOperations[entry.id as keyof typeof idsOfOperations] ?? {}).map(([name, outcome]) => ({
    entry,
    name,
    ...outcome,
  })),
);

/** Somebody who asks: with an access token, or without. */
interface Actor {
  who: string;
  token: string | undefined;
}

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
let stack: Stack;
let databases: DatabaseWatch;
let pool: Pool;
let adas: OwnedThings;
let bobs: OwnedThings;
let ada: Actor;
let strangers: Actor[];
/** Posts of Ada that no stranger may see, each for its own reason. */
let hiddenPosts: string[];

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  const base = stack.endpoints.urls['bff-mobile'] ?? '';
  pool = new Pool(base, { connections: 4 });
  const [first, bob, sue, eve] = [
    await registerPerson(base, 'ada'),
    await registerPerson(base, 'bob'),
    await registerPerson(base, 'sue'),
    await registerPerson(base, 'eve'),
  ];
  await Promise.all([warn(stack, devDir, first.id), warn(stack, devDir, bob.id)]);
  [adas, bobs] = await Promise.all([makeOwnedThings(base, first), makeOwnedThings(base, bob)]);

  const { body: post } = await first.api.createPost({
    body: { text: 'A secret for friends', visibility: 'followers' },
  });
  const { body: gone } = await first.api.createPost({ body: { text: 'A secret taken back', visibility: 'public' } });
  await first.api.deletePost({ path: { postId: gone.id } });
  hiddenPosts = [adas.postId, post.id, gone.id];
  await suspend(sue.id);
  await block(first.id, eve.id);

  const actor = async (who: string, { api, email, password }: typeof bob): Promise<Actor> => {
    const { body } = await api.login({ body: { email, password } });
    return { who, token: body.accessToken };
  };
  ada = await actor('the owner', first);
  strangers = [
    await actor('a stranger', bob),
    await actor('a suspended person', sue),
    await actor('a blocked person', eve),
  ];
  databases = await watchDatabases(stack);
});

afterAll(async () => {
  await Promise.all([pool.close(), databases.close()]);
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

test.each(operations)('$id has a row for every id that it takes', (entry) => {
  const known = idsOfOperations[entry.id as keyof typeof idsOfOperations] ?? {};
  const open = openIds[entry.id as keyof typeof openIds] ?? [];

  expect(idNamesOf(entry).sort()).toEqual([...Object.keys(known), ...open].sort());
});

describe('what is another’s looks like what is not there, and stays as it is', () => {
  test.each(rows)('$entry.id by $name', async ({ entry, name, thing, status, code }) => {
    const foreignIds = thing === 'postId' ? hiddenPosts : [adas[thing]];
    const before = await databases.read();

    for (const stranger of strangers) {
      const missing = await ask(stranger, entry, name, randomUUID());
      for (const id of foreignIds) {
        const foreign = await ask(stranger, entry, name, id);

        expect({ who: stranger.who, ...foreign }).toEqual({ who: stranger.who, ...missing });
      }
      if (stranger.who === 'a stranger') expect(missing).toMatchObject({ status, ...(code !== undefined && { body: { code } }) }); // prettier-ignore
    }

    expect(await databases.read()).toEqual(before);
  });

  test.each(rows)('$entry.id by $name without signing in', async ({ entry, name, thing }) => {
    const foreign = await ask({ who: 'nobody', token: undefined }, entry, name, adas[thing]);

    expect(foreign).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });
});

test.each(rows.filter(({ entry }) => entry.method === 'get'))('$entry.id by $name shows it to its owner', async ({ entry, name, thing }) => {
  const answer = await ask(ada, entry, name, adas[thing], adas);

  expect(answer.status).toBe(200);
}); // prettier-ignore

const lists = operations.filter(
  (entry) => entry.method === 'get' && entry.security.length > 0 && idNamesOf(entry).length === 0,
);

test.each(lists)('$id shows a stranger nothing of another’s', async (entry) => {
  for (const { token } of strangers) {
    const { text } = await send(pool, signed(rawRequest(goodRequest(document, entry, {})), token));

    for (const [name, id] of Object.entries(adas)) if (name !== 'userId') expect(text).not.toContain(id);
  }
});

/** The names of path parameters and members of the body that hold ids. */
function idNamesOf(entry: OperationEntry): string[] {
  const { parameters, body } = intakeOf(document, entry);
  const names = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  const members = body ? Object.keys(meantSchema(document, body.schema).properties ?? {}) : [];
  return [...names, ...members].filter((name) => /Ids?$/.test(name));
}

/** The operation on the caller's own things, save for one id; the answer without what differs from one to the next. */
async function ask({ token }: Actor, entry: OperationEntry, name: string, id: string, own = bobs) {
  const { status, text } = await send(pool, signed(requestWith(entry, name, id, own), token));
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  const { instance: _instance, ...lasting } = body;
  return { status, body: lasting };
}

function requestWith(entry: OperationEntry, name: string, id: string, own: OwnedThings): RawRequest {
  const good = goodRequest(document, entry, { ...own });
  const headers = { ...good.headers, ...('Idempotency-Key' in good.headers && { 'Idempotency-Key': randomUUID() }) };
  if (name in good.path) return rawRequest({ ...good, headers, path: { ...good.path, [name]: id }, body: smallBody(entry, good.body) }); // prettier-ignore
  const named = { [name]: name.endsWith('s') ? [id] : id };
  const { beside } = idsOfOperations[entry.id as keyof typeof idsOfOperations]?.[name] ?? {};
  return rawRequest({ ...good, headers, body: { ...(smallBody(entry, good.body) as object), ...beside, ...named } });
}

/** What must be in the body, so that nothing else in it can be the reason of a refusal. */
function smallBody(entry: OperationEntry, good: unknown): unknown {
  const { body } = intakeOf(document, entry);
  if (!body) return undefined;
  const { required = [], minProperties = 0 } = meantSchema(document, body.schema);
  const members = Object.entries(good as object);
  const needed = members.filter(([name]) => required.includes(name));
  return Object.fromEntries(needed.length < minProperties ? members.slice(0, minProperties) : needed);
}

function signed(request: RawRequest, token: string | undefined): RawRequest {
  return token === undefined ? request : { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }; // prettier-ignore
}

async function suspend(userId: string): Promise<void> {
  const decision = { decisionId: randomUUID(), reason: 'Spam' };
  await askSocial('PUT', `/v1/accounts/${userId}/suspension`, { staffId: 'somebody' }, decision);
}

async function block(userId: string, blockedId: string): Promise<void> {
  await askSocial('PUT', `/v1/users/${blockedId}/block`, { userId });
}

async function askSocial(method: string, place: string, acts: ActsFor, body?: object): Promise<void> {
  const caller = 'staffId' in acts ? 'bff-admin' : 'bff-mobile';
  const tokens = await createServiceTokenIssuer(caller, loadSecrets(devDir).serviceKeys[caller].privateKey);
  const answer = await fetch(`${stack.endpoints.urls['social'] ?? ''}${place}`, {
    method,
    headers: { authorization: `Bearer ${await tokens.issue('social', acts)}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
}
