import type { Caller } from '#platform/caller';
import { encodeCursor } from '#platform/cursor';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { firstId, idBefore } from '../helpers/page.ts';

type ListContext = Pick<Context, 'db' | 'blobs' | 'clock'>;
interface PageRequest {
  cursor: string | undefined;
  limit: number;
}

/** What happened to the caller, in groups, newest first, as the JSON text of the contract. */
export function listNotifications(ctx: ListContext, caller: Caller, page: PageRequest): Promise<string> {
  return listGroups(ctx, caller, { ...page, request: false });
}

/** What strangers did that the caller has not let in, as the JSON text of the contract. */
export function listNotificationRequests(ctx: ListContext, caller: Caller, page: PageRequest): Promise<string> {
  return listGroups(ctx, caller, { ...page, request: true });
}

/**
 * Walks down the groups from the newest and looks into each until the page is full; a group of which nothing is left to hear is
 * passed over.
 */
async function listGroups(
  ctx: ListContext,
  caller: Caller,
  { request, cursor, limit }: PageRequest & { request: boolean },
): Promise<string> {
  const { userId } = caller;
  const rows = await ctx.db.$queryRaw<{ latestId: string; item: string }[]>`/* listGroups */
    SELECT g.latest_id AS "latestId", row_to_json(item)::text AS item
    FROM notification_group g
    CROSS JOIN LATERAL (${groupItem(ctx, userId)}) item
    WHERE g.account_id = ${userId}::uuid AND g.request = ${request} AND g.latest_id < ${idBefore(cursor)}::uuid
    ORDER BY g.latest_id DESC
    LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const nextCursor = last ? `"${encodeCursor({ id: last.latestId })}"` : 'null';
  return `{"items":[${page.map(({ item }) => item).join(',')}],"nextCursor":${nextCursor}}`;
}

/** A NotificationGroup of the contract, from what the person is to hear of the group `g`; no row when that is nothing. */
function groupItem(ctx: ListContext, userId: string): Prisma.Sql {
  return Prisma.sql`
    WITH heard AS (
      SELECT n.* FROM heard_notifications(${userId}::uuid, ${ctx.clock.now()}) n
      WHERE n.group_id = g.id ORDER BY n.id DESC LIMIT 1000
    )
    SELECT
      newest.id,
      newest.kind,
      newest.post_id AS "postId",
      ${subjectOf('newest')} AS subject,
      (SELECT count(*) FROM heard) AS count,
      (
        SELECT coalesce(json_agg(p.card ORDER BY a.last_id DESC), '[]')
        FROM (
          SELECT h.actor_id, (array_agg(h.id ORDER BY h.id DESC))[1] AS last_id
          FROM heard h WHERE h.actor_id IS NOT NULL GROUP BY h.actor_id ORDER BY last_id DESC LIMIT 3
        ) a
        JOIN person_cards(${ctx.blobs.publicUrl}) p ON p.account_id = a.actor_id
      ) AS actors,
      rfc3339(newest.created_at) AS "latestAt",
      newest.id <= ${lastRead(userId)} AS read
    FROM (SELECT * FROM heard ORDER BY id DESC LIMIT 1) newest`;
}

/** One of the caller's notifications, as the JSON text of the contract. @throws not_found */
export async function getNotification(ctx: ListContext, caller: Caller, notificationId: string): Promise<string> {
  const { userId } = caller;
  const [row] = await ctx.db.$queryRaw<{ item: string }[]>`/* getNotification */
    SELECT row_to_json(item)::text AS item
    FROM heard_notifications(${userId}::uuid, ${ctx.clock.now()}) n
    CROSS JOIN LATERAL (
      SELECT
        n.id,
        n.kind,
        (SELECT p.card FROM person_cards(${ctx.blobs.publicUrl}) p WHERE p.account_id = n.actor_id) AS actor,
        n.post_id AS "postId",
        ${subjectOf('n')} AS subject,
        rfc3339(n.created_at) AS "createdAt",
        n.id <= ${lastRead(userId)} AS read,
        n.request
    ) item
    WHERE n.id = ${notificationId}::uuid`;
  if (!row) throw notFound();
  return row.item;
}

/** Dismisses it with what is older in its group. @throws not_found */
export async function deleteNotification(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  notificationId: string,
): Promise<void> {
  const count = await ctx.db.$executeRaw`
    DELETE FROM notification n USING notification named
    WHERE named.id = ${notificationId}::uuid AND named.account_id = ${caller.userId}::uuid
      AND n.group_id = named.group_id AND n.id <= named.id`;
  if (count === 0) throw notFound();
}

function subjectOf(notification: 'n' | 'newest'): Prisma.Sql {
  const row = Prisma.raw(notification);
  return Prisma.sql`(
    SELECT row_to_json(s) FROM (SELECT ${row}.subject_type AS type, ${row}.subject_id AS id) s
    WHERE ${row}.subject_id IS NOT NULL
  )`;
}

function lastRead(userId: string): Prisma.Sql {
  return Prisma.sql`coalesce(
    (SELECT m.last_read_id FROM marker m WHERE m.account_id = ${userId}::uuid AND m.timeline = 'notifications'),
    ${firstId}::uuid
  )`;
}
