import { performance } from 'node:perf_hooks';

/** Says what is being done, and how long it took. */
export interface Progress {
  /** Runs a step; prints it when it is done, and once before when it takes long. */
  step: <T>(what: string, work: () => Promise<T>) => Promise<T>;
  say: (line: string) => void;
}

const longStepMs = 5_000;

export function createProgress(print: (line: string) => void): Progress {
  const begun = performance.now();
  const clock = (): string => `${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  `;
  return {
    async step(what, work) {
      const stepBegun = performance.now();
      const timer = setTimeout(() => {
        print(`${clock()}… ${what}`);
      }, longStepMs);
      try {
        const result = await work();
        print(`${clock()}✓ ${what} (${((performance.now() - stepBegun) / 1000).toFixed(1)} s)`);
        return result;
      } finally {
        clearTimeout(timer);
      }
    },
    say(line) {
      print(`${clock()}${line}`);
    },
  };
}
