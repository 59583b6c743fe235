import { setTimeout as delay } from 'node:timers/promises';
import { isReady } from '../stack/ready.ts';
import type { Stack } from '../stack/stack.ts';

/** What happened to the processes of the stack. */
export interface Life {
  /** Which have ended, though something may have started them again. */
  exits: string[];
  /** Which did not say that they are alive so often in a row that an orchestrator would have ended them. */
  silences: string[];
}

// The failureThreshold of the manifests.
const mostMisses = 3;

/** Asks each process now and then whether it is alive, as an orchestrator does, and remembers which processes they are. */
export function watchLife(stack: Stack): { stop(): Promise<Life> } {
  const names = Object.keys(stack.endpoints.private);
  const pidOf = (name: string) => stack.process(name).pid;
  const pids = new Map(names.map((name) => [name, pidOf(name)]));
  const silences: string[] = [];
  let isWatching = true;

  async function watch(name: string): Promise<void> {
    let misses = 0;
    while (isWatching) {
      const isAlive = await isReady(`${stack.endpoints.private[name] ?? ''}/livez`);
      misses = isAlive ? 0 : misses + 1;
      if (misses === mostMisses) silences.push(name);
      await delay(200);
    }
  }

  const watching = Promise.all(names.map(watch));
  return {
    stop: async () => {
      isWatching = false;
      await watching;
      return { exits: names.filter((name) => pidOf(name) !== pids.get(name)), silences };
    },
  };
}
