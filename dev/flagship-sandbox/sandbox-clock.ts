import type { Store } from './store.ts';

/** Real time plus what was added by hand; the addition survives a restart. */
export interface SandboxClock {
  now(): number;
  advance(seconds: number): number;
}

export function createSandboxClock(store: Store): SandboxClock {
  const offset = () => store.get('setting', 'clock')?.clockOffsetMs ?? 0;
  const now = () => Date.now() + offset();
  return {
    now,
    advance: (seconds) => {
      store.put('setting', 'clock', { clockOffsetMs: offset() + seconds * 1000 });
      return now();
    },
  };
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function isoDate(milliseconds: number): string {
  return isoTime(milliseconds).slice(0, 10);
}
