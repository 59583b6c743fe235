import type { Logger } from '#platform/logger';

/** Runs `task` now and then every `everyMs` after it has ended; a failure is noted and the next turn tries again. */
export function startPolling(name: string, everyMs: number, task: () => Promise<void>, log: Logger): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function turn(): Promise<void> {
    try {
      await task();
    } catch (error) {
      log.info({ err: error, task: name }, 'polling failed; the next turn tries again');
    }
    if (!closed) timer = setTimeout(() => void turn(), everyMs);
  }
  void turn();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
