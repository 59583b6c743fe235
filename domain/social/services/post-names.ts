/** What the text of a post names, kept beside it: its tags, and the people it mentions. */
import type { Context, Tx } from '../context.ts';
import { parseText } from '../helpers/parse-text.ts';
import { forgetNotification, notifyAll } from './notify.ts';

interface NamingPost {
  id: string;
  authorId: string;
  text: string;
}

/** Keeps what the text names now in place of what it named before. */
export async function nameAll(tx: Tx, post: NamingPost): Promise<void> {
  const { tags, handles } = parseText(post.text);
  await tx.postTag.deleteMany({ where: { postId: post.id } });
  await tx.postMention.deleteMany({ where: { postId: post.id } });
  if (tags.length > 0) await tx.postTag.createMany({ data: tags.map((tag) => ({ tag, postId: post.id })) });
  if (handles.length > 0) await mention(tx, post, handles);
}

/** Tells those who are mentioned and may see the post, save those in `told`: they know of it otherwise. */
export async function tellMentioned(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue'>,
  { id, authorId, told }: { id: string; authorId: string; told: string[] },
): Promise<void> {
  const seeing = await tx.$queryRaw<{ accountId: string }[]>`
    SELECT m.account_id AS "accountId" FROM post_mention m
    WHERE m.post_id = ${id}::uuid AND EXISTS (SELECT FROM visible_posts(m.account_id) v WHERE v.id = m.post_id)`;
  const untold = seeing.filter(({ accountId }) => !told.includes(accountId));
  const cause = { kind: 'mention', actorId: authorId, postId: id } as const;
  await notifyAll(
    tx,
    ctx,
    untold.map(({ accountId }) => ({ ...cause, accountId })),
  );
}

/** Who is mentioned in a post. */
export async function listMentioned(tx: Tx, postId: string): Promise<string[]> {
  const mentions = await tx.postMention.findMany({ where: { postId }, select: { accountId: true } });
  return mentions.map(({ accountId }) => accountId);
}

/** Those who were mentioned, and are no longer, are no longer told. */
export async function forgetMentions(
  tx: Tx,
  { id, authorId, before }: { id: string; authorId: string; before: string[] },
) {
  const now = await listMentioned(tx, id);
  for (const accountId of before.filter((mentioned) => !now.includes(mentioned))) {
    await forgetNotification(tx, { accountId, kind: ['mention'], actorId: authorId, postId: id });
  }
}

/** Handles of nobody, and of people whom the author cannot see, stay plain text. */
async function mention(tx: Tx, { id, authorId }: NamingPost, handles: string[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO post_mention (post_id, account_id)
    SELECT ${id}::uuid, p.account_id FROM visible_people(${authorId}::uuid) p
    WHERE p.handle = ANY (${handles}::citext[])`;
}
