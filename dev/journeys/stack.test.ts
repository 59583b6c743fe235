import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../platform/testing/wait.ts';
import { openContext } from '../chaos/chaos-context.ts';
import { killDuringLoad } from '../chaos/crashes-lose-nothing.ts';
import { restartDuringLoad } from '../chaos/database-restarts.ts';
import { moveAndReverse } from '../chaos/money-is-preserved.ts';
import { repeatAtOnce } from '../chaos/one-key-one-effect.ts';
import { isMissed } from '../chaos/report.ts';
import { freePorts } from '../stack/places.ts';
import type { Ports } from '../stack/places.ts';
import { isReady } from '../stack/ready.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { createPhone, registerPerson } from './phone.ts';

const devDirs = ['one', 'two'].map((name) => mkdtempSync(path.join(tmpdir(), `clync-stack-${name}-`)));
const [oneDir = '', twoDir = ''] = devDirs;
let onePorts: Ports;
let one: Stack;
let two: Stack;

beforeAll(async () => {
  onePorts = await freePorts();
  one = await startStack({ devDir: oneDir, ports: onePorts });
  two = await startStack({ devDir: twoDir, ports: await freePorts() });
});

afterAll(async () => {
  await Promise.all([one.stop(), two.stop()]);
  for (const devDir of devDirs) rmSync(devDir, { recursive: true, force: true });
});

test('two stacks run side by side, each with its own people', async () => {
  const ada = await registerPerson(addressOf(one), 'ada');

  const elsewhere = createPhone(addressOf(two)).api.login({ body: { email: ada.email, password: ada.password } });

  await expect(elsewhere).rejects.toMatchObject({ status: 401 });
});

test('a folder in use is refused, and nothing of it is harmed', async () => {
  await expect(startStack({ devDir: oneDir, ports: await freePorts() })).rejects.toThrow('another stack');

  expect(await isReady(`${addressOf(one)}/readyz`)).toBe(true);
});

test('endpoints.json says where everything is', () => {
  const written = JSON.parse(readFileSync(path.join(oneDir, 'endpoints.json'), 'utf8')) as Stack['endpoints'];

  expect(written).toEqual(one.endpoints);
  expect(written.urls['social']).toBe(`http://localhost:${String(onePorts.social)}`);
  expect(written.staff).toContainEqual({ email: 'admin@clync.example', roles: ['Admin'] });
});

test('money survives what is killed while it moves: the process, and PostgreSQL', async () => {
  const ctx = await openContext({ stack: one, devDir: oneDir, say: () => undefined }, { name: 'journey', seed: 1, isLong: false }); // prettier-ignore

  const figures = [
    ...(await moveAndReverse(ctx, { accounts: 4, transfers: 60 })),
    ...(await killDuringLoad(ctx, 1)),
    ...(await restartDuringLoad(ctx, 1)),
    ...(await repeatAtOnce(ctx, { keys: 5, duplicates: 20, kills: 1 })),
  ].filter(({ unit }) => unit === undefined); // how long it takes is the machine's
  await ctx.close();

  expect(figures.filter(isMissed)).toEqual([]);
});

test('processes that are killed come back, PostgreSQL too', async () => {
  const social = one.process('social');
  const pid = social.pid;

  await Promise.all([social.kill('SIGKILL'), one.process('postgres').kill('SIGKILL')]);

  await waitFor('social to come back', async () => social.pid !== pid && isReady(readyOf(one, 'social')), {
    timeoutMs: 30_000,
  });
});

test('a second start keeps the data', async () => {
  const bob = await registerPerson(addressOf(one), 'bob');

  await one.stop();
  one = await startStack({ devDir: oneDir, ports: onePorts });

  const { status } = await createPhone(addressOf(one)).api.login({
    body: { email: bob.email, password: bob.password },
  });
  expect(status).toBe(200);
});

function addressOf(stack: Stack): string {
  return stack.endpoints.urls['bff-mobile'] ?? '';
}

function readyOf(stack: Stack, name: string): string {
  return `${stack.endpoints.private[name] ?? ''}/readyz`;
}
