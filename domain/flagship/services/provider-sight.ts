import { hostname } from 'node:os';
import process from 'node:process';
import type { Clock } from '#platform/clock';
import type { Logger } from '#platform/logger';
import type { PrismaClient } from '#prisma/flagship';

export type BreakerState = 'closed' | 'half_open' | 'open';
/** How a call ended, or that only the breaker has changed. */
export type SeenCall = 'success' | 'failure' | 'breaker';

const countedMs = 60_000;
const writeAfterMs = 1_000;
const keptMs = 86_400_000;

/**
 * What this process sees of the provider, for staff: a row that is written a second after something happened, so that calls
 * never wait for it.
 */
export function createSightKeeper({
  db,
  clock,
  log,
  name,
}: {
  db: PrismaClient;
  clock: Clock;
  log: Logger;
  name: string;
}) {
  const id = `${name}@${hostname()}:${String(process.pid)}`.slice(0, 120);
  const last: { success: Date | null; failure: Date | null } = { success: null, failure: null };
  let recent: { at: number; failed: boolean }[] = [];
  let breaker: BreakerState = 'closed';
  let total = 0n;
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    timer = undefined;
    const now = clock.now();
    recent = recent.filter(({ at }) => at > now.getTime() - countedMs);
    const sight = {
      breaker,
      calls: recent.length,
      failures: recent.filter(({ failed }) => failed).length,
      total,
      lastSuccessAt: last.success,
      lastFailureAt: last.failure,
      seenAt: now,
    };
    try {
      await db.providerSight.upsert({ where: { process: id }, create: { process: id, ...sight }, update: sight });
      await db.providerSight.deleteMany({ where: { seenAt: { lt: new Date(now.getTime() - keptMs) } } });
    } catch (error) {
      log.debug({ err: error }, 'what was seen of the provider could not be written down');
    }
  }

  return {
    see(call: SeenCall, state: BreakerState): void {
      breaker = state;
      if (call !== 'breaker') {
        total += 1n;
        last[call] = clock.now();
        recent.push({ at: clock.now().getTime(), failed: call === 'failure' });
      }
      timer ??= setTimeout(() => void write(), writeAfterMs).unref();
    },
    close: () => {
      clearTimeout(timer);
    },
  };
}
