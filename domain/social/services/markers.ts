import type { Caller } from '#platform/caller';
import { isUniqueViolation } from '#platform/database-errors';
import type { Context } from '../context.ts';
import { markerStale } from '../errors.ts';

/** How far somebody has read in a timeline; `Timeline` is the name of one. */
interface Position<Timeline extends string> {
  timeline: Timeline;
  lastReadId: string;
  version: number;
}

/** @throws marker_stale, with the marker as it is, when another device has moved it */
export async function putMarker<Timeline extends string>(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { timeline, lastReadId, version }: Position<Timeline>,
): Promise<Position<Timeline>> {
  const id = { accountId: caller.userId, timeline };
  const current = await ctx.db.marker.findUnique({ where: { accountId_timeline: id } });
  if ((current?.version ?? 0) !== version) throw markerStale(current && positionOf(timeline, current));

  const asked = lastReadId.toLowerCase();
  const furthest = current && current.lastReadId > asked ? current.lastReadId : asked;
  const moved = { ...id, lastReadId: furthest, version: version + 1 };
  if (current) {
    const { count } = await ctx.db.marker.updateMany({ where: { ...id, version }, data: moved });
    if (count === 0) throw markerStale(await findPosition(ctx, id));
  } else {
    await ctx.db.marker.create({ data: moved }).catch(async (error: unknown) => {
      throw isUniqueViolation(error) ? markerStale(await findPosition(ctx, id)) : error;
    });
  }
  return positionOf(timeline, moved);
}

async function findPosition(ctx: Pick<Context, 'db'>, id: { accountId: string; timeline: string }) {
  const marker = await ctx.db.marker.findUnique({ where: { accountId_timeline: id } });
  return marker && positionOf(id.timeline, marker);
}

function positionOf<Timeline extends string>(
  timeline: Timeline,
  { lastReadId, version }: { lastReadId: string; version: number },
): Position<Timeline> {
  return { timeline, lastReadId, version };
}
