import type { Caller } from '#platform/caller';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { MutedWord } from '#prisma/social';
import type { Context } from '../context.ts';
import { mutedWordsFull, notFound } from '../errors.ts';
import { byId, idBefore } from '../helpers/page.ts';
import { assertFuture } from '../validation/expiry.ts';
import { lockOwner } from './lock-owner.ts';

const mostWords = 200;

/** A muted word of the contract. */
interface MutedWordCard {
  id: string;
  phrase: string;
  createdAt: string;
  expiresAt: string | null;
}

interface NewWord {
  phrase: string;
  expiresAt: Date | null;
}

interface WordChange {
  phrase: string | undefined;
  expiresAt: Date | null | undefined;
}

/** Once for a key. @throws muted_words_full */
export async function createMutedWord(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { key, word }: { key: string | undefined; word: NewWord },
): Promise<Outcome<MutedWordCard>> {
  const accountId = caller.userId;
  const request = { ownerId: accountId, operation: 'createMutedWord', key, request: word };
  return idempotent(ctx.db, request, async (tx) => {
    const createdAt = ctx.clock.now();
    assertFuture(word.expiresAt, createdAt);
    await lockOwner(tx, caller);
    if ((await tx.mutedWord.count({ where: { accountId } })) >= mostWords) throw mutedWordsFull();
    const { phrase, expiresAt } = word;
    const created = await tx.mutedWord.create({
      data: { id: newId(createdAt), accountId, phrase: phrase.trim(), createdAt, expiresAt },
    });
    return { status: 201, body: cardOf(created) };
  });
}

/** The caller's words, newest first, those whose time has ended included. */
export async function listMutedWords(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { cursor, limit }: { cursor: string | undefined; limit: number },
): Promise<Page<MutedWordCard>> {
  const rows = await ctx.db.mutedWord.findMany({
    where: { accountId: caller.userId, id: { lt: idBefore(cursor) } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows.map(cardOf), limit, byId);
}

/** Changes what is given; `expiresAt` null takes the end away. */
export async function updateMutedWord(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { mutedWordId, change }: { mutedWordId: string; change: WordChange },
): Promise<MutedWordCard> {
  const { phrase, expiresAt } = change;
  assertFuture(expiresAt, ctx.clock.now());
  const [word] = await ctx.db.mutedWord.updateManyAndReturn({
    where: { id: mutedWordId, accountId: caller.userId },
    data: { ...(phrase !== undefined && { phrase: phrase.trim() }), ...(expiresAt !== undefined && { expiresAt }) },
  });
  if (!word) throw notFound();
  return cardOf(word);
}

export async function deleteMutedWord(ctx: Pick<Context, 'db'>, caller: Caller, mutedWordId: string): Promise<void> {
  const { count } = await ctx.db.mutedWord.deleteMany({ where: { id: mutedWordId, accountId: caller.userId } });
  if (count === 0) throw notFound();
}

function cardOf({ id, phrase, createdAt, expiresAt }: MutedWord): MutedWordCard {
  return { id, phrase, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null };
}
