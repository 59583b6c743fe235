import type { Caller } from '#platform/caller';
import { cursorForms, decodeCursor } from '#platform/cursor';
import { pageOf } from '#platform/page';
import type { Page, PageRequest } from '#platform/page';
import type { Context, Tx } from '../context.ts';
import { notFound } from '../errors.ts';
import type { PostVersionCard } from '../helpers/sql-cards.ts';
import { isVisible } from './post-cards.ts';

const newest = 2_147_483_647;

/** What a post says and said, newest first. @throws not_found for whoever may not open it */
export async function listPostVersions(
  ctx: Pick<Context, 'db' | 'blobs'>,
  caller: Caller,
  { postId, ...page }: PageRequest & { postId: string },
): Promise<Page<PostVersionCard>> {
  if (!(await isVisible(ctx.db, caller, postId))) throw notFound();
  return readVersions(ctx, postId, page);
}

/** The versions of a post that the caller may open. */
async function readVersions(
  ctx: Pick<Context, 'db' | 'blobs'>,
  postId: string,
  { cursor, limit }: PageRequest,
): Promise<Page<PostVersionCard>> {
  const before = cursor === undefined ? newest : Number(decodeCursor(cursor, { version: isVersion }).version);
  const rows = await ctx.db.$queryRaw<PostVersionCard[]>`
    SELECT v.version, v.text, v.media, rfc3339(v.written_at) AS "writtenAt"
    FROM (
      SELECT p.version, p.text, shown.pictures AS media, coalesce(p.edited_at, p.created_at) AS written_at
      FROM post p CROSS JOIN LATERAL post_pictures(${ctx.blobs.publicUrl}, p.id) shown
      WHERE p.id = ${postId}::uuid AND p.version < ${before}
      UNION ALL
      SELECT r.version, r.text, kept.pictures, r.written_at
      FROM post_revision r CROSS JOIN LATERAL kept_pictures(${ctx.blobs.publicUrl}, r.media) kept
      WHERE r.post_id = ${postId}::uuid AND r.version < ${before}
    ) v
    ORDER BY v.version DESC
    LIMIT ${limit + 1}`;
  return pageOf(rows, limit, ({ version }) => ({ version }));
}

/** Keeps what a post says now as a version of the past; the pictures without their addresses, which may go. */
export async function keepVersion(tx: Tx, postId: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO post_revision (post_id, version, text, media, written_at)
    SELECT p.id, p.version, p.text, (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', m.id, 'altText', m.alt_text, 'width', m.width, 'height', m.height, 'blurhash', m.blurhash
      ) ORDER BY pm.position), '[]')
      FROM post_media pm JOIN media m ON m.id = pm.media_id WHERE pm.post_id = p.id
    ), coalesce(p.edited_at, p.created_at)
    FROM post p WHERE p.id = ${postId}::uuid`;
}

function isVersion(value: string): boolean {
  return cursorForms.count(value) && Number(value) <= newest;
}
