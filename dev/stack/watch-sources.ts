import { readdirSync, statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import path from 'node:path';

const quietMs = 120;
const longestMs = 1_000;
const ignored = new Set(['node_modules', 'generated', 'tests', 'testing', 'dist', 'coverage']);

/**
 * Watches folders and everything below them, and tells which files changed once nothing has for a moment. Folders that
 * appear later are watched too. Tests and what is generated do not count.
 */
export function watchSources(roots: string[], onChange: (files: string[]) => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>();
  const lastChange = new Map<string, number>();
  const changed = new Set<string>();
  let firstAt = 0;
  let timer: NodeJS.Timeout | undefined;

  function notice(file: string): void {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      if (add(file)) for (const name of readdirSync(file)) notice(path.join(file, name));
      return;
    }
    // Reading or touching rights is no change.
    const at = stat?.mtimeMs ?? 0;
    if (lastChange.get(file) === at) return;
    lastChange.set(file, at);
    if (changed.size === 0) firstAt = performance.now();
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(flush, Math.max(0, Math.min(quietMs, firstAt + longestMs - performance.now())));
  }

  function flush(): void {
    const files = [...changed];
    changed.clear();
    onChange(files);
  }

  /** Watches a folder and those in it; false when it is watched already, or not at all. */
  function add(dir: string): boolean {
    if (watchers.has(dir) || ignored.has(path.basename(dir))) return false;
    const watcher = watch(dir, (_event, name) => {
      if (name !== null && !name.endsWith('~') && !name.startsWith('.') && !ignored.has(name))
        notice(path.join(dir, name));
    });
    watcher.on('error', () => {
      watcher.close();
      watchers.delete(dir);
    });
    watchers.set(dir, watcher);
    return true;
  }

  /** Watches a folder as it is: what is in it now is no change. */
  function begin(dir: string): void {
    if (!add(dir)) return;
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const full = path.join(dir, entry.name);
      if (entry.isDirectory()) begin(full);
      else lastChange.set(full, statSync(full, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    }
  }

  for (const root of roots) if (statSync(root, { throwIfNoEntry: false })) begin(root);
  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
