import type { Caller } from '#platform/caller';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import type { AccountExport } from '#prisma/social';
import type { Context } from '../context.ts';
import { exportTooSoon, notFound } from '../errors.ts';
import { presentExport } from '../helpers/present-export.ts';
import type { ExportView } from '../helpers/present-export.ts';
import { lockAccount } from './lock-account.ts';

export type { AccountExport } from '#prisma/social';

const dayMs = 86_400_000;
const linkMs = 15 * 60_000;

/** @throws export_too_soon */
export async function createExport(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { key }: { key: string | undefined },
): Promise<Outcome<ExportView>> {
  const accountId = caller.userId;
  return idempotent(ctx.db, { ownerId: accountId, operation: 'createExport', key, request: {} }, async (tx) => {
    await lockAccount(tx, accountId);
    const now = ctx.clock.now();
    const last = await tx.accountExport.findFirst({
      where: { accountId, status: { not: 'failed' }, createdAt: { gt: new Date(now.getTime() - dayMs) } },
      orderBy: { createdAt: 'desc' },
    });
    if (last) {
      throw exportTooSoon({ exportId: last.id, availableAt: new Date(last.createdAt.getTime() + dayMs) });
    }
    const begun = await tx.accountExport.create({ data: { id: newId(now), accountId, createdAt: now } });
    await ctx.queue.add(tx, 'buildExport', { exportId: begun.id });
    return { status: 202, body: presentExport(begun, { url: null, now }) };
  });
}

/** One of the caller's exports; a finished one with a link that is good for a quarter of an hour. */
export async function getExport(
  ctx: Pick<Context, 'db' | 'clock' | 'exports'>,
  caller: Caller,
  exportId: string,
): Promise<{ made: AccountExport; url: string | null; now: Date }> {
  const made = await ctx.db.accountExport.findFirst({ where: { id: exportId, accountId: caller.userId } });
  if (!made) throw notFound();
  const now = ctx.clock.now();
  if (made.status !== 'ready' || made.expiresAt === null || made.expiresAt <= now) return { made, url: null, now };

  const linkEnd = Math.min(made.expiresAt.getTime(), now.getTime() + linkMs);
  const fileName = `clync-${made.createdAt.toISOString().slice(0, 10)}.zip`;
  return { made, url: await ctx.exports.sign(made.id, { fileName, expiresAt: new Date(linkEnd) }), now };
}
