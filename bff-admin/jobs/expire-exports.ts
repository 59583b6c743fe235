import type { Context } from '../context.ts';

const hourMs = 3_600_000;
const patienceHours = 6;
const keptDays = 90;
const atOnce = 200;

/** Deletes the files whose day is over, gives up those that could not be made, and forgets what is long gone. */
export async function expireExports({
  db,
  exports,
  clock,
  log,
}: Pick<Context, 'db' | 'exports' | 'clock' | 'log'>): Promise<void> {
  const now = clock.now();
  const before = (hours: number) => new Date(now.getTime() - hours * hourMs);
  const over = await db.staffExport.findMany({
    where: { file: { not: null }, OR: [{ status: 'ready', expiresAt: { lte: now } }, { status: 'failed' }] },
    take: atOnce,
  });
  for (const { id, file, status } of over) {
    if (file !== null) await exports.delete(file);
    const data = { file: null, status: status === 'ready' ? ('expired' as const) : status };
    await db.staffExport.updateMany({ where: { id }, data });
  }
  const { count } = await db.staffExport.updateMany({
    where: { status: 'processing', createdAt: { lt: before(patienceHours) } },
    data: { status: 'failed', failure: 'given_up' },
  });
  if (count > 0) log.error({ count }, 'exports could not be made: find out why');
  await db.staffExport.deleteMany({
    where: { status: { in: ['expired', 'failed'] }, file: null, createdAt: { lt: before(keptDays * 24) } },
  });
}
