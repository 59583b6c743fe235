import type { Context } from '../context.ts';

const patienceMs = 60_000;
const atMost = 500;

/**
 * The net under `requestTransfer`: a job can be lost to a killed worker's lock or be far in its backoff, and a transfer
 * must end all the same. Run by the clock, every minute.
 */
export async function requestWaitingTransfers({
  db,
  clock,
  log,
}: Pick<Context, 'db' | 'clock' | 'log'>): Promise<void> {
  const olderThan = new Date(clock.now().getTime() - patienceMs);
  const rows = await db.$queryRaw<
    { asked: number }[]
  >`select ask_again(${olderThan}::timestamptz, ${atMost}::int) as asked`;
  const asked = rows[0]?.asked ?? 0;
  if (asked > 0) log.info({ asked }, 'transfers wait for flagship');
}
