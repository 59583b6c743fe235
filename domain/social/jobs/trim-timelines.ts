import { inTransaction } from '#platform/database';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import type { SocialJobs } from './jobs.ts';

/** Nobody scrolls further; a feed that grew for years would cost its place on the disk all the same. */
export const keptPlaces = 2_000;
const peopleAtOnce = 500;
const rowsAtOnce = 20_000;

/**
 * Cuts the feeds of one batch of people, then adds the job for the next batch in the same transaction, or for this one again when
 * there was more to cut than one statement should.
 */
export async function trimTimelines(
  ctx: Pick<Context, 'db' | 'queue'>,
  { after }: SocialJobs['trimTimelines'],
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const [batch] = await tx.$queryRaw<{ people: number; last: string | null }[]>`
      SELECT count(*)::int AS people, (array_agg(id ORDER BY id DESC))[1] AS last
      FROM (SELECT id FROM account WHERE id > ${after}::uuid ORDER BY id LIMIT ${peopleAtOnce}) batch`;
    if (!batch || batch.last === null) return;
    const people = { after, last: batch.last };
    const cut = await tx.$executeRaw`${cutOff('timeline_entry', 'post_id', people)}`;
    const cutReposts = await tx.$executeRaw`${cutOff('timeline_repost', 'repost_id', people)}`;
    if (cut === rowsAtOnce || cutReposts === rowsAtOnce) await ctx.queue.add(tx, 'trimTimelines', { after });
    else if (batch.people === peopleAtOnce) await ctx.queue.add(tx, 'trimTimelines', { after: batch.last });
  });
}

/** Deletes what lies below the last kept place of each person's feed. */
function cutOff(
  table: 'timeline_entry' | 'timeline_repost',
  place: 'post_id' | 'repost_id',
  { after, last }: { after: string; last: string },
): Prisma.Sql {
  const rows = Prisma.raw(table);
  const by = Prisma.raw(place);
  return Prisma.sql`
    DELETE FROM ${rows} WHERE ctid = ANY (ARRAY(
      SELECT t.ctid
      FROM account a
      CROSS JOIN LATERAL (
        SELECT k.${by} AS place FROM ${rows} k
        WHERE k.owner_id = a.id ORDER BY k.${by} DESC OFFSET ${keptPlaces - 1} LIMIT 1
      ) oldest
      JOIN ${rows} t ON t.owner_id = a.id AND t.${by} < oldest.place
      WHERE a.id > ${after}::uuid AND a.id <= ${last}::uuid
      LIMIT ${rowsAtOnce}
    ))`;
}
