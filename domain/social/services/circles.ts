import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { assertIfMatch } from '#platform/etag';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Circle } from '#prisma/social';
import type { Context } from '../context.ts';
import { circlesFull, notFound } from '../errors.ts';
import { byId, idBefore } from '../helpers/page.ts';
import { lockOwner } from './lock-owner.ts';

const mostCircles = 50;

/** A circle of the contract. */
interface CircleCard {
  id: string;
  name: string;
  createdAt: string;
}

/** Once for a key. @throws circles_full */
export async function createCircle(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { key, name }: { key: string | undefined; name: string },
): Promise<Outcome<CircleCard>> {
  const ownerId = caller.userId;
  return idempotent(ctx.db, { ownerId, operation: 'createCircle', key, request: { name } }, async (tx) => {
    await lockOwner(tx, caller);
    if ((await tx.circle.count({ where: { ownerId } })) >= mostCircles) throw circlesFull();
    const createdAt = ctx.clock.now();
    const circle = await tx.circle.create({ data: { id: newId(createdAt), ownerId, name, createdAt } });
    return { status: 201, body: cardOf(circle) };
  });
}

/** The caller's circles, newest first, each with the number of those in it whom the caller can see. */
export async function listCircles(
  { db }: Pick<Context, 'db'>,
  caller: Caller,
  { cursor, limit }: { cursor: string | undefined; limit: number },
): Promise<Page<CircleCard & { memberCount: number }>> {
  const rows = await db.$queryRaw<(Pick<Circle, 'id' | 'name' | 'createdAt'> & { memberCount: number })[]>`
    SELECT c.id, c.name, c.created_at AS "createdAt",
      (
        SELECT count(*)::int FROM circle_member m
        JOIN visible_people(${caller.userId}::uuid) p ON p.account_id = m.member_id
        WHERE m.circle_id = c.id
      ) AS "memberCount"
    FROM circle c
    WHERE c.owner_id = ${caller.userId}::uuid AND c.id < ${idBefore(cursor)}::uuid
    ORDER BY c.id DESC
    LIMIT ${limit + 1}`;
  return pageOf(
    rows.map(({ memberCount, ...circle }) => ({ ...cardOf(circle), memberCount })),
    limit,
    byId,
  );
}

/** One of the caller's circles, with the version that a change is made on. */
export async function getCircle(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  circleId: string,
): Promise<{ circle: CircleCard; version: number }> {
  const circle = await ctx.db.circle.findFirst({ where: { id: circleId, ownerId: caller.userId } });
  if (!circle) throw notFound();
  return { circle: cardOf(circle), version: circle.version };
}

/** @throws precondition_failed */
export async function updateCircle(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { circleId, name, ifMatch }: { circleId: string; name: string; ifMatch: string | undefined },
): Promise<{ circle: CircleCard; version: number }> {
  return inTransaction(ctx.db, async (tx) => {
    const [current] = await tx.$queryRaw<{ version: number }[]>`
      SELECT version FROM circle
      WHERE id = ${circleId}::uuid AND owner_id = ${caller.userId}::uuid FOR NO KEY UPDATE`;
    if (!current) throw notFound();
    assertIfMatch(ifMatch, current.version, caller.userId);
    const circle = await tx.circle.update({ where: { id: circleId }, data: { name, version: { increment: 1 } } });
    return { circle: cardOf(circle), version: circle.version };
  });
}

/** What was posted to it names no circle any more, and so is its author's alone. */
export async function deleteCircle(ctx: Pick<Context, 'db'>, caller: Caller, circleId: string): Promise<void> {
  const { count } = await ctx.db.circle.deleteMany({ where: { id: circleId, ownerId: caller.userId } });
  if (count === 0) throw notFound();
}

function cardOf({ id, name, createdAt }: Pick<Circle, 'id' | 'name' | 'createdAt'>): CircleCard {
  return { id, name, createdAt: createdAt.toISOString() };
}
