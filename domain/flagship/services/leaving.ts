import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import { closingBlocked } from '../errors.ts';
import { endedStatuses } from '../helpers/connection-states.ts';
import { openStatuses } from '../helpers/transfer-states.ts';
import { noTokens, requestRevocation } from './connection-changes.ts';
import { deleteWhatWasRead } from './what-was-read.ts';

const namedBlockers = 100;

/**
 * Forgets a person: links end, what was read is deleted, and what transfers refer to stays under the pseudonym. Again, it
 * changes nothing. Financial is not told of the ends; it forgets by itself. @throws closing_blocked
 */
export async function erasePerson(
  ctx: Pick<Context, 'db' | 'queue' | 'clock'>,
  { userId, pseudonym }: { userId: string; pseudonym: string },
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    // A sync that is at work keeps what it has read first, and finds the connection ended afterwards.
    await tx.$queryRaw`select 1 from connection where user_id = ${userId}::uuid order by id for update`;
    await assertNothingOnItsWay(tx, userId);
    await endConnections(ctx, tx, userId);
    await deleteTheirs(tx, userId);
    await deleteWhatWasRead(tx, { userId });
    await putPseudonym(tx, userId, pseudonym);
  });
}

async function assertNothingOnItsWay(tx: Tx, userId: string): Promise<void> {
  const onTheirWay = await tx.transfer.findMany({
    where: { userId, status: { in: openStatuses } },
    select: { id: true },
    orderBy: { id: 'asc' },
    take: namedBlockers,
  });
  if (onTheirWay.length > 0) throw closingBlocked(onTheirWay.map(({ id }) => id));
}

/** The provider is told by a job for each; it needs no token. */
async function endConnections(ctx: Pick<Context, 'queue' | 'clock'>, tx: Tx, userId: string): Promise<void> {
  const ended = await tx.connection.updateManyAndReturn({
    where: { userId, status: { notIn: endedStatuses } },
    data: { status: 'revoked_by_user', revokeSince: ctx.clock.now(), ...noTokens, version: { increment: 1 } },
    select: { id: true },
  });
  for (const { id } of ended) await requestRevocation(ctx, tx, id);
}

async function deleteTheirs(tx: Tx, userId: string): Promise<void> {
  await tx.authorisation.deleteMany({ where: { userId } });
  await tx.idempotency.deleteMany({ where: { ownerId: userId } });
  await tx.merchantCategory.deleteMany({ where: { userId } });
  await tx.connectionEvent.deleteMany({ where: { connection: { userId } } });
}

async function putPseudonym(tx: Tx, userId: string, pseudonym: string): Promise<void> {
  await tx.account.updateMany({ where: { userId }, data: { userId: pseudonym } });
  await tx.transfer.updateMany({ where: { userId }, data: { userId: pseudonym } });
  await tx.connection.updateMany({ where: { userId }, data: { userId: pseudonym, syncCursor: null } });
}
