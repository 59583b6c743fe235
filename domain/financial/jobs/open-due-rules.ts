import type { Context } from '../context.ts';

const patienceMs = 60_000;
const atMost = 500;

/**
 * Opens the occurrences of rules whose day has come, and asks again for runs that wait too long, whatever became of their
 * jobs. Run by the clock, every minute; by several workers at once each occurrence is opened once.
 */
export async function openDueRules({ db, clock, log }: Pick<Context, 'db' | 'clock' | 'log'>): Promise<void> {
  const now = clock.now();
  const olderThan = new Date(now.getTime() - patienceMs);
  let opened: number;
  do {
    const rows = await db.$queryRaw<{ opened: number }[]>`
      /* openDueRules */ select open_due_rules(${now}::timestamptz, ${olderThan}::timestamptz, ${atMost}::int) as opened`;
    opened = rows[0]?.opened ?? 0;
    if (opened > 0) log.info({ opened }, 'rules have come due');
  } while (opened > 0);
}
