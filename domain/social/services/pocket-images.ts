import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { assertMayAct } from './may-act.ts';
import { assertReady } from './profiles.ts';

const earlierAtMost = 100;

/** Gives the other pictures that are kept for the pocket. @throws account_suspended, media_not_ready; not_found for another's picture */
export async function keepPocketImage(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { pocketId, mediaId }: { pocketId: string; mediaId: string | null },
): Promise<string[]> {
  const accountId = caller.userId;
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    if (mediaId !== null) {
      await assertReady(tx, caller, mediaId);
      await tx.pocketImage.createMany({ data: { pocketId, accountId, mediaId }, skipDuplicates: true });
    }
    const earlier = await tx.pocketImage.findMany({
      where: { pocketId, accountId, ...(mediaId !== null && { mediaId: { not: mediaId } }) },
      select: { mediaId: true },
      orderBy: { mediaId: 'asc' },
      take: earlierAtMost,
    });
    return earlier.map((image) => image.mediaId);
  });
}

/** All of the caller's for the pocket, where none are named. Without a word on suspension: it follows a change that has been made. */
export async function dropPocketImages(
  ctx: Pick<Context, 'db' | 'queue'>,
  { userId: accountId }: Caller,
  { pocketId, mediaIds }: { pocketId: string; mediaIds?: string[] | undefined },
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const dropped = await tx.pocketImage.findMany({
      where: { pocketId, accountId, ...(mediaIds && { mediaId: { in: mediaIds } }) },
      select: { mediaId: true },
    });
    if (dropped.length === 0) return;
    const ids = dropped.map(({ mediaId }) => mediaId);
    await tx.pocketImage.deleteMany({ where: { pocketId, accountId, mediaId: { in: ids } } });
    await ctx.queue.add(tx, 'removeMedia', { mediaIds: ids });
  });
}
