import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { StaffAction } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { decisionReused, notFound } from '../errors.ts';

/** What staff say with each of their acts. */
export interface Decision {
  decisionId: string;
  reason: string;
}

interface Act extends Decision {
  action: StaffAction;
  /** The post, report or appeal; none when it is about the account itself. */
  targetId?: string;
  until?: Date | null;
}

interface Steps<Target> {
  /** Locks what is decided on, so that two decisions on it come one after the other. @throws not_found */
  lock: (tx: Tx) => Promise<Target>;
  carryOut: (tx: Tx, target: Target) => Promise<void>;
}

/**
 * Writes a decision down and carries it out in one transaction; the same decision again does nothing.
 * @throws decision_reused when its id belongs to another one
 */
export async function decide<Target extends { accountId: string }>(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { decisionId, reason, action, targetId, until = null }: Act,
  { lock, carryOut }: Steps<Target>,
): Promise<void> {
  const staffId = caller.staffId;
  await inTransaction(ctx.db, async (tx) => {
    const target = await lock(tx);
    const same = { accountId: target.accountId, action, targetId: targetId ?? null };
    const { count } = await tx.staffDecision.createMany({
      data: { ...same, id: decisionId, staffId, reason, until, decidedAt: ctx.clock.now() },
      skipDuplicates: true,
    });
    if (count === 1) {
      await carryOut(tx, target);
      return;
    }
    if (!(await tx.staffDecision.findFirst({ where: { ...same, id: decisionId } }))) throw decisionReused();
  });
}

/** The lock of a decision about an account. @throws not_found */
export function lockingAccount(accountId: string) {
  return async (tx: Tx): Promise<{ accountId: string }> => {
    const [account] = await tx.$queryRaw<{ accountId: string }[]>`
      SELECT id AS "accountId" FROM account WHERE id = ${accountId}::uuid FOR NO KEY UPDATE`;
    if (!account) throw notFound();
    return account;
  };
}
