import type { Context, Tx } from '../context.ts';

const atOnce = 200;

/** To whom the empty places of deleted people's posts belong. It is no e-mail address: nobody can register or sign in by it. */
const nobody = { id: '00000000-0000-7000-8000-000000000000', email: 'nobody' };

/**
 * Deletes the newest posts of an account. Where others have replied or quoted, an empty place is kept that is nobody's, so
 * that their threads hold together; newest first, so that such a place keeps those above it.
 */
export async function erasePosts(tx: Tx, ctx: Pick<Context, 'clock'>, accountId: string): Promise<number> {
  const posts = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM post WHERE author_id = ${accountId}::uuid ORDER BY id DESC LIMIT ${atOnce} FOR UPDATE`;
  if (posts.length === 0) return 0;
  const ids = posts.map(({ id }) => id);
  await takeFromParents(tx, ids);
  const kept = await findKept(tx, ids);
  await tx.post.deleteMany({ where: { id: { in: ids.filter((id) => !kept.includes(id)) } } });
  if (kept.length > 0) await empty(tx, ctx, kept);
  return posts.length;
}

/** A reply counts when it is public, while it is neither deleted nor removed. */
async function takeFromParents(tx: Tx, ids: string[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE post p SET reply_count = p.reply_count - r.replies
    FROM (
      SELECT reply_to_id, count(*)::int AS replies FROM post
      WHERE id = ANY (${ids}::uuid[]) AND visibility = 'public'
        AND deleted_at IS NULL AND removed_at IS NULL AND reply_to_id IS NOT NULL
      GROUP BY reply_to_id
    ) r
    WHERE p.id = r.reply_to_id`;
}

/** Those that a post which stays replies to or quotes, and those which they themselves reply to. */
async function findKept(tx: Tx, ids: string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE kept AS (
      SELECT p.id, p.reply_to_id FROM post p
      WHERE p.id = ANY (${ids}::uuid[])
        AND (
          EXISTS (SELECT FROM post c WHERE c.reply_to_id = p.id AND c.id <> ALL (${ids}::uuid[]))
          OR EXISTS (SELECT FROM post c WHERE c.quote_of_id = p.id AND c.id <> ALL (${ids}::uuid[]))
        )
      UNION
      SELECT p.id, p.reply_to_id FROM kept k JOIN post p ON p.id = k.reply_to_id AND p.id = ANY (${ids}::uuid[])
    )
    SELECT id FROM kept`;
  return rows.map(({ id }) => id);
}

async function empty(tx: Tx, { clock }: Pick<Context, 'clock'>, ids: string[]): Promise<void> {
  const now = clock.now();
  await tx.account.createMany({
    data: { ...nobody, passwordHash: '', createdAt: now, lastActiveAt: now },
    skipDuplicates: true,
  });
  const ofThem = { where: { postId: { in: ids } } };
  await tx.postMedia.deleteMany(ofThem);
  await tx.postRevision.deleteMany(ofThem);
  await tx.postTag.deleteMany(ofThem);
  await tx.postMention.deleteMany(ofThem);
  const nothing = { text: '', pocketId: null, circleId: null, quoteOfId: null, editedAt: null };
  const uncounted = { reactionCount: 0, repostCount: 0 };
  await tx.post.updateMany({ where: { id: { in: ids }, deletedAt: null }, data: { deletedAt: now } });
  await tx.post.updateMany({ where: { id: { in: ids } }, data: { ...nothing, ...uncounted, authorId: nobody.id } });
}
