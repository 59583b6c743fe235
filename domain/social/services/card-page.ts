/** Pages of posts as JSON text: made by PostgreSQL, passed on as they are. */
import { encodeCursor } from '#platform/cursor';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';

/** A page of posts as JSON text, and the id that the next page begins below. */
export interface PageRow {
  items: string;
  nextBefore: string | null;
}

/** From `chosen`, ids of which one more than `limit` was asked for: the cards as JSON, and where the next page begins. */
export function cardPage(ctx: Pick<Context, 'blobs'>, { userId }: { userId: string }, limit: number): Prisma.Sql {
  return Prisma.sql`
    numbered AS (SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM chosen),
    page AS (
      SELECT
        (
          SELECT coalesce(string_agg(c.card::text, ',' ORDER BY c.id DESC), '')
          FROM numbered n
          JOIN post_cards(${userId}::uuid, ${ctx.blobs.publicUrl}) c ON c.id = n.id
          WHERE n.place <= ${limit}
        ) AS items,
        (
          SELECT n.id FROM numbered n WHERE n.place = ${limit} AND EXISTS (SELECT FROM numbered m WHERE m.place > ${limit})
        ) AS next_before
    )`;
}

/** The page as the JSON text of the contract. */
export function pageJson({ items, nextBefore }: PageRow): string {
  return `{"items":[${items}],"nextCursor":${nextBefore === null ? 'null' : `"${encodeCursor({ id: nextBefore })}"`}}`;
}
