/** Says whether something the process needs is there; throws when it is not. */
export type ReadinessCheck = () => Promise<void>;

export interface Health {
  /** 503 from the moment the process begins to stop, or while a check fails. */
  readiness(): Promise<{ status: 200 | 503; body: { status: 'ready' | 'not_ready'; failing: string[] } }>;
  beginStop(): void;
  readonly stopping: boolean;
}

const checkMs = 2_000;

/** Readiness asks the checks; liveness asks nothing of anybody: that the loop turns is enough. */
export function createHealth(checks: Record<string, ReadinessCheck>): Health {
  let stopping = false;

  async function failingChecks(): Promise<string[]> {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        try {
          await withTimeout(check(), checkMs);
          return [];
        } catch {
          return [name];
        }
      }),
    );
    return results.flat();
  }

  return {
    async readiness() {
      const failing = stopping ? ['stopping'] : await failingChecks();
      return failing.length === 0
        ? { status: 200, body: { status: 'ready', failing } }
        : { status: 503, body: { status: 'not_ready', failing } };
    },
    beginStop() {
      stopping = true;
    },
    get stopping() {
      return stopping;
    },
  };
}

async function withTimeout(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('no answer in time'));
    }, ms);
  });
  await Promise.race([work, timeout]).finally(() => {
    clearTimeout(timer);
  });
}
