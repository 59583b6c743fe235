import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import { closingBlocked } from '../errors.ts';
import { openStatuses } from '../helpers/transfer-states.ts';
import { endedStatuses, noTokens } from './connection-changes.ts';

const namedBlockers = 100;

/**
 * Forgets a person: links end, what was read is deleted, and what transfers refer to stays under the pseudonym. Again, it
 * changes nothing. Financial is not told of the ends; it forgets by itself. @throws closing_blocked
 */
export async function erasePerson(
  ctx: Pick<Context, 'db' | 'queue'>,
  { userId, pseudonym }: { userId: string; pseudonym: string },
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    // A sync that is at work keeps what it has read first, and finds the connection ended afterwards.
    await tx.$queryRaw`select 1 from connection where user_id = ${userId}::uuid order by id for update`;
    await assertNothingOnItsWay(tx, userId);
    await endConnections(ctx, tx, userId);
    await deleteWhatWasRead(tx, userId);
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
async function endConnections({ queue }: Pick<Context, 'queue'>, tx: Tx, userId: string): Promise<void> {
  const ended = await tx.connection.updateManyAndReturn({
    where: { userId, status: { notIn: endedStatuses } },
    data: { status: 'revoked_by_user', ...noTokens, version: { increment: 1 } },
    select: { id: true },
  });
  for (const { id } of ended) await queue.add(tx, 'revokeConsent', { connectionId: id });
}

async function deleteWhatWasRead(tx: Tx, userId: string): Promise<void> {
  await tx.authorisation.deleteMany({ where: { userId } });
  await tx.idempotency.deleteMany({ where: { ownerId: userId } });
  await tx.bankTransaction.deleteMany({ where: { userId } });
  await tx.balance.deleteMany({ where: { account: { userId } } });
  await tx.account.deleteMany({ where: { userId, transfers: { none: {} } } });
}

/** Accounts that transfers refer to keep the provider's id and the currency alone. */
async function putPseudonym(tx: Tx, userId: string, pseudonym: string): Promise<void> {
  await tx.account.updateMany({ where: { userId }, data: { userId: pseudonym, name: '', mask: '' } });
  await tx.transfer.updateMany({ where: { userId }, data: { userId: pseudonym } });
  await tx.connection.updateMany({ where: { userId }, data: { userId: pseudonym, syncCursor: null } });
}
