import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { forbidden, notFound, pocketClosed } from '../errors.ts';
import { byPlace, placeBefore } from '../helpers/page.ts';
import type { PocketFacts } from './facts.ts';
import { getPocket } from './pockets.ts';

/** As much of a pocket as a card may show. */
export type CardFacts = Pick<
  PocketFacts,
  'id' | 'ownerId' | 'name' | 'emoji' | 'currency' | 'balanceMinor' | 'targetMinor' | 'shared' | 'createdAt'
>;

export type Audience = NonNullable<PocketFacts['shared']>['audience'];

/** Shows a pocket to an audience. A share that is what it was leaves the pocket's version alone. */
export async function sharePocket(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { pocketId, audience, showAmount }: { pocketId: string; audience: Audience; showAmount: boolean },
): Promise<PocketFacts> {
  await ctx.db.$executeRaw`
    /* sharePocket */ update pocket
    set share_audience = ${audience}, share_shows_amount = ${showAmount}, version = version + 1, updated_at = ${ctx.clock.now()}::timestamptz
    where id = ${pocketId}::uuid and owner_id = ${caller.userId}::uuid and closed_at is null
      and (share_audience, share_shows_amount) is distinct from (${audience}::text, ${showAmount}::boolean)`;
  const pocket = await getPocket(ctx, caller, pocketId);
  if (pocket.viewerRole !== 'owner') throw forbidden();
  if (pocket.closedAt !== null) throw pocketClosed();
  return pocket;
}

/** Whose an open pocket is, and who may see it. @throws not_found */
export async function getPocketShare(
  { db }: Pick<Context, 'db'>,
  pocketId: string,
): Promise<{ ownerId: string; audience: Audience | null }> {
  const [share] = await db.$queryRaw<{ ownerId: string; audience: Audience | null }[]>`
    /* getPocketShare */ select "ownerId", shared ->> 'audience' as audience from pocket_facts
    where id = ${pocketId}::uuid and "closedAt" is null`;
  if (!share) throw notFound();
  return share;
}

/** Makes a pocket private again. */
export async function unsharePocket(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  pocketId: string,
): Promise<void> {
  const pocket = await getPocket(ctx, caller, pocketId);
  if (pocket.viewerRole !== 'owner') throw forbidden();
  await ctx.db.pocket.updateMany({
    where: { id: pocketId, ownerId: caller.userId, shareAudience: { not: null } },
    data: { shareAudience: null, shareShowsAmount: false, version: { increment: 1 }, updatedAt: ctx.clock.now() },
  });
}

/** The caller's own pockets among those named, and the others' that are shared with the caller. */
export async function listPocketCards(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  { ids, followedOwnerIds }: { ids: string[]; followedOwnerIds: string[] },
): Promise<CardFacts[]> {
  const rows = await db.$queryRaw<{ card: CardFacts }[]>`
    /* listPocketCards */ select to_jsonb(card) as card from (
      select id, "ownerId", name, emoji, currency, "balanceMinor", "targetMinor", shared, "createdAt" from pocket_facts
      where id = any(${ids}::uuid[]) and "closedAt" is null
        and ("ownerId" = ${userId}::uuid or shared ->> 'audience' = 'public'
          or (shared ->> 'audience' = 'followers' and "ownerId" = any(${followedOwnerIds}::uuid[])))) card`;
  return rows.map(({ card }) => card);
}

/** A person's open pockets that are shared with the audience, newest first. */
export async function listSharedPockets(
  { db }: Pick<Context, 'db'>,
  ownerId: string,
  { audience, limit, cursor }: { audience: Audience; limit: number; cursor: string | undefined },
): Promise<Page<CardFacts>> {
  const before = placeBefore(cursor);
  const audiences = audience === 'public' ? ['public'] : ['public', 'followers'];
  const rows = await db.$queryRaw<{ card: CardFacts }[]>`
    /* listSharedPockets */ select to_jsonb(card) as card from (
      select id, "ownerId", name, emoji, currency, "balanceMinor", "targetMinor", shared, "createdAt" from pocket_facts
      where "ownerId" = ${ownerId}::uuid and shared ->> 'audience' = any(${audiences}::text[])
        and ("createdAt", id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
      order by "createdAt" desc, id desc limit ${limit + 1}::int) card
    order by card."createdAt" desc, card.id desc`;
  return pageOf(
    rows.map(({ card }) => card),
    limit,
    byPlace,
  );
}
