import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findFreePorts } from '../../../platform/testing/ports.ts';
import { waitFor } from '../../../platform/testing/wait.ts';
import { createChildLog } from '../child-log.ts';
import { createChild } from '../child.ts';
import type { Child } from '../child.ts';
import { isReady } from '../ready.ts';

const answers = `require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT);`;
let dir: string;
let said: string[];
let port: number;
let child: Child | undefined;

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'clync-child-'));
  said = [];
  [port = 0] = await findFreePorts(1);
});

afterEach(async () => {
  await child?.stop();
  rmSync(dir, { recursive: true });
});

test('is started when it answers, and stopped when told', async () => {
  const started = aChild(answers);

  await started.start();
  expect(await isReady(url())).toBe(true);

  await started.stop();
  expect(await isReady(url())).toBe(false);
  expect(said).toEqual([]);
});

test('says which process failed at its start, with its last lines', async () => {
  const started = aChild(`console.error('PORT is missing'); process.exit(1);`);

  await expect(started.start()).rejects.toThrow(/thing ended at its start \(exit code 1\)[^]*PORT is missing/);
});

test('comes back after a crash, and says so', async () => {
  const started = aChild(answers);
  await started.start();
  const firstPid = started.pid;

  await started.kill('SIGKILL');
  await waitFor('the process to come back', () => said.includes('thing is back'));

  expect(said[0]).toBe('thing crashed (SIGKILL), starts again in 0.5 s');
  expect(started.pid).not.toBe(firstPid);
  expect(await isReady(url())).toBe(true);
});

test('stays down when it is killed on purpose, until it is started', async () => {
  const started = aChild(answers);
  await started.start();

  await started.kill('SIGKILL', { keepDown: true });
  expect(started.pid).toBeUndefined();

  await started.start();
  expect(await isReady(url())).toBe(true);
});

test('is killed when it does not stop in time', async () => {
  const started = aChild(`process.on('SIGTERM', () => {}); ${answers}`, { stopMs: 200 });
  await started.start();

  await started.stop();

  expect(said).toEqual(['thing did not stop in 0.2 s and is killed']);
  expect(await isReady(url())).toBe(false);
});

test('shows warnings and errors, and nothing below', async () => {
  const lines = [
    { level: 'info', msg: 'listening' },
    { level: 'error', msg: 'a job failed', err: { message: 'no bank' } },
  ];
  const started = aChild(
    `${lines.map((line) => `console.log(${JSON.stringify(JSON.stringify(line))});`).join('')} ${answers}`,
  );

  await started.start();

  await waitFor('the line', () => said.length > 0);
  expect(said).toEqual(['ERROR a job failed: no bank']);
});

function aChild(source: string, { stopMs }: { stopMs?: number } = {}): Child {
  const entry = path.join(dir, 'thing.cjs');
  writeFileSync(entry, source);
  const say = (line: string): void => void said.push(line);
  const log = createChildLog(path.join(dir, 'thing.log'), say);
  const plan = { name: 'thing', entry, env: { PORT: String(port) }, readyUrl: url(), watches: [] };
  child = createChild(plan, { log, say, onSpawn: () => undefined, ...(stopMs !== undefined && { stopMs }) });
  return child;
}

function url(): string {
  return `http://127.0.0.1:${String(port)}/readyz`;
}
