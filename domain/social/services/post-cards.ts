import type { Context, Tx } from '../context.ts';
import { notFound } from '../errors.ts';
import type { PostCard } from '../helpers/sql-cards.ts';

/** Who looks. */
interface Viewer {
  userId: string;
}

/** A post as one person sees it; `version` counts its edits. */
export interface ShownPost {
  card: PostCard;
  version: number;
}

/** A post that somebody may open, and what they may do with it. */
export interface OpenPost {
  id: string;
  authorId: string;
  /** The first post of its thread; null for that post itself. */
  rootId: string | null;
  canReply: boolean;
  canQuote: boolean;
}

/** @throws not_found for what the viewer may not open */
export async function getCard(tx: Tx, ctx: Pick<Context, 'blobs'>, viewer: Viewer, postId: string): Promise<ShownPost> {
  const [row] = await tx.$queryRaw<ShownPost[]>`/* getCard */
    SELECT card, version FROM post_cards(${viewer.userId}::uuid, ${ctx.blobs.publicUrl}) WHERE id = ${postId}::uuid`;
  if (!row) throw notFound();
  return row;
}

/** A post that the viewer may open, with what they may do with it, or undefined. */
export async function findOpenPost(
  tx: Tx,
  ctx: Pick<Context, 'blobs'>,
  viewer: Viewer,
  postId: string,
): Promise<OpenPost | undefined> {
  const [row] = await tx.$queryRaw<OpenPost[]>`/* findOpenPost */
    SELECT c.id, c.author_id AS "authorId", p.root_id AS "rootId", c.can_reply AS "canReply", c.can_quote AS "canQuote"
    FROM post_cards(${viewer.userId}::uuid, ${ctx.blobs.publicUrl}) c JOIN post p ON p.id = c.id
    WHERE c.id = ${postId}::uuid`;
  return row;
}

/** A post that the viewer may open, or undefined. */
export async function findVisiblePost(
  tx: Tx,
  viewer: Viewer,
  postId: string,
): Promise<{ id: string; authorId: string } | undefined> {
  const [row] = await tx.$queryRaw<{ id: string; authorId: string }[]>`
    SELECT id, author_id AS "authorId" FROM visible_posts(${viewer.userId}::uuid) WHERE id = ${postId}::uuid`;
  return row;
}

export async function isVisible(tx: Tx, viewer: Viewer, postId: string): Promise<boolean> {
  return (await findVisiblePost(tx, viewer, postId)) !== undefined;
}
