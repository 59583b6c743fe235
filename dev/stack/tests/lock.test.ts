import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockDevDir } from '../lock.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'clync-lock-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

test('refuses a folder that a living stack uses, and says which', () => {
  const lock = lockDevDir(dir);

  expect(() => lockDevDir(dir)).toThrow(`another stack (process ${String(process.pid)}) uses ${dir}`);

  lock.release();
  expect(lockDevDir(dir).wasStale).toBe(false);
});

test('takes over from a stack that was killed, and ends the processes that it left', async () => {
  const orphan = spawn('sleep', ['60'], { detached: true });
  await once(orphan, 'spawn');
  lockDevDir(dir).add(orphan.pid ?? 0);
  forgetSupervisor();

  const lock = lockDevDir(dir);

  const [, signal] = (await once(orphan, 'exit')) as [number | null, string];
  expect(signal).toBe('SIGKILL');
  expect(lock.wasStale).toBe(true);
});

test('spares a process that was given the id of one that is long gone', async () => {
  const stranger = spawn('sleep', ['60'], { detached: true });
  await once(stranger, 'spawn');
  lockDevDir(dir).add(stranger.pid ?? 0);
  forgetSupervisor((mark) => ({ ...mark, startedAt: '1' }));

  lockDevDir(dir);

  expect(stranger.signalCode).toBeNull();
  stranger.kill();
  await once(stranger, 'exit');
});

/** Makes the lock look as if another process had taken it and died. */
function forgetSupervisor(change = (mark: object) => mark): void {
  const file = path.join(dir, 'stack.lock');
  const lock = JSON.parse(readFileSync(file, 'utf8')) as { supervisor: object; children: object[] };
  writeFileSync(file, JSON.stringify({ supervisor: { pid: 999_999_999 }, children: lock.children.map(change) }));
}
