import type { Logger } from '#platform/logger';

const retryMs = 2_000;

/** Runs `task` now and then every `everyMs` after it has ended; a failure is noted, and tried again after 2 s. */
export function startPolling(name: string, everyMs: number, task: () => Promise<void>, log: Logger): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function turn(): Promise<void> {
    const wentWell = await task().then(
      () => true,
      (error: unknown) => {
        log.info({ err: error, task: name }, 'polling failed and will be tried again');
        return false;
      },
    );
    if (!closed) timer = setTimeout(() => void turn(), wentWell ? everyMs : retryMs);
  }
  void turn();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
