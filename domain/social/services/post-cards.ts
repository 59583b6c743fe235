import type { Context, Tx } from '../context.ts';
import { notFound } from '../errors.ts';

/** Who looks. */
interface Viewer {
  userId: string;
}

/** A post of the contract, as the SQL function post_cards makes it. */
export interface PostCard {
  id: string;
  author: { id: string; handle: string; displayName: string; avatarUrl: string | null };
  text: string;
  media: {
    id: string;
    url: string;
    thumbnailUrl: string;
    altText: string | null;
    width: number;
    height: number;
    blurhash: string;
  }[];
  visibility: 'public' | 'followers' | 'self';
  createdAt: string;
  editedAt: string | null;
  replyToId: string | null;
  counts: { replies: number; reactions: number; reposts: number };
  viewer: { reaction: 'like' | 'love' | 'cheer' | 'laugh' | 'sad' | null; reposted: boolean; bookmarked: boolean };
  pocket: { id: string } | null;
}

/** @throws not_found for what the viewer may not open */
export async function getCard(tx: Tx, ctx: Pick<Context, 'blobs'>, viewer: Viewer, postId: string): Promise<PostCard> {
  const [row] = await tx.$queryRaw<{ card: PostCard }[]>`
    SELECT card FROM post_cards(${viewer.userId}::uuid, ${ctx.blobs.publicUrl}) WHERE id = ${postId}::uuid`;
  if (!row) throw notFound();
  return row.card;
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
