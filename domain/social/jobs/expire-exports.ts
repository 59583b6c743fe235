import type { Context } from '../context.ts';

const hourMs = 3_600_000;
const patienceHours = 6;
const atOnce = 200;

/** Deletes the archives whose day is over, and gives up those that could not be made, so that another can be asked for. */
export async function expireExports({
  db,
  exports,
  clock,
  log,
}: Pick<Context, 'db' | 'exports' | 'clock' | 'log'>): Promise<void> {
  const now = clock.now();
  const over = await db.accountExport.findMany({
    where: { status: 'ready', expiresAt: { lte: now } },
    select: { id: true },
    take: atOnce,
  });
  for (const { id } of over) {
    await exports.delete(id);
    await db.accountExport.updateMany({ where: { id }, data: { status: 'expired' } });
  }
  const { count } = await db.accountExport.updateMany({
    where: { status: 'processing', createdAt: { lt: new Date(now.getTime() - patienceHours * hourMs) } },
    data: { status: 'failed' },
  });
  if (count > 0) log.error({ count }, 'exports could not be made: find out why');
}
