import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { assertIfMatch } from '#platform/etag';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { Page, PageRequest } from '#platform/page';
import type { Draft } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { draftsFull, notFound } from '../errors.ts';
import { byId, idBefore } from '../helpers/page.ts';
import { assertUsable } from './assert-usable.ts';
import { limits, takeAllowance } from './limits.ts';
import { lockOwner } from './lock-owner.ts';
import { getCard } from './post-cards.ts';
import type { PostCard } from '../helpers/sql-cards.ts';
import { writePost } from './posts.ts';
import type { NewPost } from './posts.ts';

const mostDrafts = 100;

/** As far as it is written. */
export type DraftPost = {
  [Name in keyof Omit<NewPost, 'overrides'>]?: Exclude<NewPost[Name], undefined>;
};

/** A draft of the contract. */
interface DraftCard {
  id: string;
  post: DraftPost;
  createdAt: string;
  updatedAt: string;
}

/** A draft, and the version that a change is made on. */
interface VersionedDraft {
  draft: DraftCard;
  version: number;
}

/** Once for a key. @throws drafts_full; not_found for what the draft names and the caller may not use */
export async function createDraft(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { key, post }: { key: string | undefined; post: DraftPost },
): Promise<Outcome<DraftCard>> {
  const accountId = caller.userId;
  return idempotent(ctx.db, { ownerId: accountId, operation: 'createDraft', key, request: post }, async (tx) => {
    await lockOwner(tx, caller);
    if ((await tx.draft.count({ where: living(caller) })) >= mostDrafts) throw draftsFull();
    await assertUsable(tx, caller, post);
    const now = ctx.clock.now();
    const data = { id: newId(now), accountId, post: { ...post }, createdAt: now, updatedAt: now };
    return { status: 201, body: cardOf(await tx.draft.create({ data })) };
  });
}

/** The caller's drafts, newest first. */
export async function listDrafts(
  { db }: Pick<Context, 'db'>,
  caller: Caller,
  { cursor, limit }: PageRequest,
): Promise<Page<DraftCard>> {
  const drafts = await db.draft.findMany({
    where: { ...living(caller), id: { lt: idBefore(cursor) } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(drafts.map(cardOf), limit, byId);
}

/** One of the caller's drafts. */
export async function getDraft({ db }: { db: Tx }, caller: Caller, draftId: string): Promise<VersionedDraft> {
  const draft = await db.draft.findFirst({ where: { ...living(caller), id: draftId } });
  if (!draft) throw notFound();
  return { draft: cardOf(draft), version: draft.version };
}

/** @throws precondition_failed; not_found as createDraft */
export async function putDraft(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { draftId, post, ifMatch }: { draftId: string; post: DraftPost; ifMatch: string | undefined },
): Promise<VersionedDraft> {
  return inTransaction(ctx.db, async (tx) => {
    const { version, publishedAsId } = await lockDraft(tx, caller, draftId);
    if (publishedAsId !== null) throw notFound();
    assertIfMatch(ifMatch, version, caller.userId);
    await assertUsable(tx, caller, post);
    await tx.draft.update({
      where: { id: draftId },
      data: { post: { ...post }, version: { increment: 1 }, updatedAt: ctx.clock.now() },
    });
    return getDraft({ db: tx }, caller, draftId);
  });
}

/** @throws not_found */
export async function deleteDraft({ db }: Pick<Context, 'db'>, caller: Caller, draftId: string): Promise<void> {
  const { count } = await db.draft.deleteMany({ where: { ...living(caller), id: draftId } });
  if (count === 0) throw notFound();
}

/** Posts what a draft says, once: published again, it answers the post as it is now. @throws what createPost does */
export async function publishDraft(
  ctx: Pick<Context, 'db' | 'clock' | 'queue' | 'blobs' | 'config'>,
  caller: Caller,
  { draftId, overrides }: { draftId: string } & Pick<NewPost, 'overrides'>,
): Promise<Outcome<PostCard>> {
  await takeAllowance(ctx, caller, limits.post);
  return inTransaction(ctx.db, async (tx) => {
    const draft = await lockDraft(tx, caller, draftId);
    if (draft.publishedAsId !== null) {
      const { card } = await getCard(tx, ctx, caller, draft.publishedAsId);
      return { status: 201, body: card, replayed: true };
    }
    const { text = '', visibility = 'followers', ...rest } = postOf(draft);
    const { card } = await writePost(tx, ctx, caller, { ...rest, text, visibility, overrides });
    await tx.draft.update({
      where: { id: draftId },
      data: { publishedAsId: card.id, post: {}, updatedAt: ctx.clock.now() },
    });
    return { status: 201, body: card, replayed: false };
  });
}

/** Those that are not published. */
function living({ userId }: Caller) {
  return { accountId: userId, publishedAsId: null };
}

/** Holds the draft, published or not, until the transaction ends. */
async function lockDraft(tx: Tx, caller: Caller, draftId: string): Promise<Draft> {
  await tx.$queryRaw`SELECT id FROM draft WHERE id = ${draftId}::uuid AND account_id = ${caller.userId}::uuid FOR UPDATE`;
  const draft = await tx.draft.findFirst({ where: { id: draftId, accountId: caller.userId } });
  if (!draft) throw notFound();
  return draft;
}

function postOf({ post }: Draft): DraftPost {
  return post as DraftPost;
}

function cardOf(draft: Draft): DraftCard {
  const { id, createdAt, updatedAt } = draft;
  return { id, post: postOf(draft), createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
