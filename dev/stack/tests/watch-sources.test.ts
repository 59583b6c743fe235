import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../../../platform/testing/wait.ts';
import { affected } from '../reload.ts';
import { watchSources } from '../watch-sources.ts';

let root: string;
let changes: string[][];
let watcher: { close(): void };

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'clync-watch-'));
  mkdirSync(path.join(root, 'services'));
  mkdirSync(path.join(root, 'tests'));
  writeFileSync(path.join(root, 'services', 'posts.ts'), '');
  changes = [];
  watcher = watchSources([root], (files) => changes.push(files));
});

afterEach(() => {
  watcher.close();
  rmSync(root, { recursive: true });
});

test('tells of a saved file once, however often the editor wrote it', async () => {
  const file = path.join(root, 'services', 'posts.ts');
  writeFileSync(file, 'a');
  writeFileSync(file, 'b');

  await waitFor('the change', () => changes.length > 0);

  expect(changes).toEqual([[file]]);
});

test('tells of files in folders that appear later', async () => {
  mkdirSync(path.join(root, 'jobs'));
  const file = path.join(root, 'jobs', 'tidy.ts');
  writeFileSync(file, '');

  await waitFor('the change', () => changes.flat().includes(file));
});

test('says nothing of tests, nor of a file whose text did not change', async () => {
  const posts = path.join(root, 'services', 'posts.ts');
  const sentinel = path.join(root, 'services', 'sentinel.ts');
  writeFileSync(path.join(root, 'tests', 'posts.test.ts'), 'a');
  chmodSync(posts, 0o600);
  writeFileSync(sentinel, '');

  await waitFor('the sentinel', () => changes.flat().includes(sentinel));

  expect(changes.flat()).toEqual([sentinel]);
});

test('restarts what runs the code: a service and its worker, or everything', () => {
  const plan = (name: string, folder: string) => ({ name, watches: [folder], entry: '', env: {}, readyUrl: '' });
  const plans = [
    plan('social', 'domain/social'),
    plan('social-worker', 'domain/social'),
    plan('bff-mobile', 'bff-mobile'),
  ];

  expect(affected(plans, ['domain/social/services/posts.ts'])).toEqual(['social', 'social-worker']);
  expect(affected(plans, ['platform/problem.ts'])).toEqual(['social', 'social-worker', 'bff-mobile']);
  expect(affected(plans, ['docs/adr/1.md'])).toEqual([]);
});
