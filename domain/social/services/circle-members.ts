import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context, Tx } from '../context.ts';
import { circleFull, notFound, selfRelation } from '../errors.ts';
import { byTime, timeBefore } from '../helpers/page.ts';
import { lockProfiles } from './follow-edges.ts';
import { limits, takeAllowance } from './limits.ts';
import { assertVisible, personColumns } from './people.ts';
import type { PersonRow } from './people.ts';

const mostMembers = 500;

interface Membership {
  circleId: string;
  userId: string;
}

/** Idempotent. @throws circle_full; not_found for another's circle, and for anyone whom the caller cannot see */
export async function addCircleMember(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { circleId, userId }: Membership,
): Promise<void> {
  await takeAllowance(ctx, caller, limits.follow);
  await inTransaction(ctx.db, async (tx) => {
    // The pair first, as a block has it: whichever comes second finds what the other has done.
    await lockProfiles(tx, caller.userId, userId);
    await lockCircle(tx, caller, circleId);
    if (userId === caller.userId) throw selfRelation();
    await assertVisible(tx, caller, userId);

    const membership = { circleId, memberId: userId };
    if (await tx.circleMember.findUnique({ where: { circleId_memberId: membership } })) return;
    if ((await tx.circleMember.count({ where: { circleId } })) >= mostMembers) throw circleFull();
    await tx.circleMember.create({ data: { ...membership, addedAt: ctx.clock.now() } });
  });
}

/** Idempotent. @throws not_found for another's circle */
export async function removeCircleMember(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { circleId, userId }: Membership,
): Promise<void> {
  await assertOwnCircle(ctx, caller, circleId);
  await ctx.db.circleMember.deleteMany({
    where: { circleId, memberId: userId, circle: { ownerId: caller.userId } },
  });
}

/** Who is in one of the caller's circles, the last one added first. */
export async function listCircleMembers(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { circleId, cursor, limit }: { circleId: string; cursor: string | undefined; limit: number },
): Promise<Page<PersonRow>> {
  await assertOwnCircle(ctx, caller, circleId);
  const before = timeBefore(cursor);
  const rows = await ctx.db.$queryRaw<(PersonRow & { at: Date })[]>`
    SELECT ${personColumns}, m.added_at AS at
    FROM circle_member m
    JOIN visible_people(${caller.userId}::uuid) p ON p.account_id = m.member_id
    WHERE m.circle_id = ${circleId}::uuid
      AND (m.added_at, m.member_id) < (${before.at}, ${before.id}::uuid)
    ORDER BY m.added_at DESC, m.member_id DESC
    LIMIT ${limit + 1}`;
  return pageOf(rows, limit, byTime);
}

async function assertOwnCircle({ db }: Pick<Context, 'db'>, caller: Caller, circleId: string): Promise<void> {
  const circle = await db.circle.findFirst({ where: { id: circleId, ownerId: caller.userId }, select: { id: true } });
  if (!circle) throw notFound();
}

/** One at a time is added, so that the members can be counted. */
async function lockCircle(tx: Tx, caller: Caller, circleId: string): Promise<void> {
  const [circle] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM circle WHERE id = ${circleId}::uuid AND owner_id = ${caller.userId}::uuid FOR NO KEY UPDATE`;
  if (!circle) throw notFound();
}
