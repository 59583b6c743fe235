/** Who did something with a post, as far as the caller can see these people. */
import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { Page, PageRequest } from '#platform/page';
import { Prisma } from '#prisma/social';
import type { ReactionKind } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { byId, byTime, idBefore, timeBefore } from '../helpers/page.ts';
import { personColumns } from './people.ts';
import type { PersonRow } from './people.ts';
import { isVisible } from './post-cards.ts';

export type ReactionRow = PersonRow & { kind: ReactionKind; at: Date };

interface PageOfPost extends PageRequest {
  postId: string;
}

/** The latest reaction first. @throws not_found for a post that the caller may not open */
export async function listReactions(
  { db }: Pick<Context, 'db'>,
  caller: Caller,
  { postId, cursor, limit }: PageOfPost,
): Promise<Page<ReactionRow>> {
  if (!(await isVisible(db, caller, postId))) throw notFound();
  const before = timeBefore(cursor);
  const rows = await db.$queryRaw<ReactionRow[]>`
    SELECT ${personColumns}, near.kind, near.created_at AS at
    FROM (
      SELECT r.account_id, r.kind, r.created_at FROM reaction r
      WHERE r.post_id = ${postId}::uuid AND (r.created_at, r.account_id) < (${before.at}, ${before.id}::uuid)
      ORDER BY r.created_at DESC, r.account_id DESC OFFSET 0
    ) near
    CROSS JOIN LATERAL (${seen(caller)}) p
    ORDER BY near.created_at DESC, near.account_id DESC
    LIMIT ${limit + 1}`;
  return pageOf(rows, limit, byTime);
}

/** The latest repost first. @throws not_found for a post that the caller may not open */
export async function listReposts(
  { db }: Pick<Context, 'db'>,
  caller: Caller,
  { postId, cursor, limit }: PageOfPost,
): Promise<Page<PersonRow>> {
  if (!(await isVisible(db, caller, postId))) throw notFound();
  const rows = await db.$queryRaw<(PersonRow & { id: string })[]>`
    SELECT ${personColumns}, near.id
    FROM (
      SELECT r.id, r.account_id FROM repost r
      WHERE r.post_id = ${postId}::uuid AND r.id < ${idBefore(cursor)}::uuid
      ORDER BY r.id DESC OFFSET 0
    ) near
    CROSS JOIN LATERAL (${seen(caller)}) p
    ORDER BY near.id DESC
    LIMIT ${limit + 1}`;
  return pageOf(rows, limit, byId);
}

/** The person of the row `near`, if the caller sees them. OFFSET 0: one after another until the page is full, not all of them. */
function seen({ userId }: Caller): Prisma.Sql {
  return Prisma.sql`SELECT * FROM visible_people(${userId}::uuid) v WHERE v.account_id = near.account_id OFFSET 0`;
}
