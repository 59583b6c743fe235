import type { Stack } from '../stack/stack.ts';

/** Kills a process as `kill -9` does and starts it at once, as an orchestrator would. Milliseconds from its end until it is ready. */
export async function crash(stack: Stack, name: string): Promise<number> {
  const child = stack.process(name);
  await child.kill('SIGKILL', { keepDown: true });
  const begun = performance.now();
  await child.start();
  return performance.now() - begun;
}
