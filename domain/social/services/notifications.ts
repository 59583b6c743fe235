import type { Caller } from '#platform/caller';
import { isUniqueViolation } from '#platform/database-errors';
import { pageOf } from '#platform/page';
import type { Context } from '../context.ts';
import { markerStale } from '../errors.ts';
import { byId, idBefore } from '../helpers/page.ts';

/** What happened to the caller, newest first. */
export async function listNotifications(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { cursor, limit }: { cursor: string | undefined; limit: number },
) {
  const rows = await ctx.db.notification.findMany({
    where: { accountId: caller.userId, id: { lt: idBefore(cursor) } },
    orderBy: { id: 'desc' },
    take: limit + 1,
    include: { actor: { select: { profile: true } } },
  });
  return pageOf(rows, limit, byId);
}

export type NotificationRow = Awaited<ReturnType<typeof listNotifications>>['items'][number];

interface Position {
  timeline: string;
  lastReadId: string;
  version: number;
}

/** @throws marker_stale, with the marker as it is, when another device has moved it */
export async function putMarker(ctx: Pick<Context, 'db'>, caller: Caller, { timeline, lastReadId, version }: Position) {
  const id = { accountId: caller.userId, timeline };
  const current = await ctx.db.marker.findUnique({ where: { accountId_timeline: id } });
  if ((current?.version ?? 0) !== version) throw markerStale(current && positionOf(current));

  const furthest = current && current.lastReadId > lastReadId ? current.lastReadId : lastReadId;
  const moved = { ...id, lastReadId: furthest, version: version + 1 };
  if (current) {
    const { count } = await ctx.db.marker.updateMany({ where: { ...id, version }, data: moved });
    if (count === 0) throw markerStale(await findPosition(ctx, id));
  } else {
    await ctx.db.marker.create({ data: moved }).catch(async (error: unknown) => {
      throw isUniqueViolation(error) ? markerStale(await findPosition(ctx, id)) : error;
    });
  }
  return positionOf(moved);
}

async function findPosition(ctx: Pick<Context, 'db'>, id: { accountId: string; timeline: string }) {
  const marker = await ctx.db.marker.findUnique({ where: { accountId_timeline: id } });
  return marker && positionOf(marker);
}

function positionOf({ lastReadId, version }: Position) {
  return { timeline: 'notifications' as const, lastReadId, version };
}
