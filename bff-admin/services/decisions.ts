/**
 * Decisions about people that another service carries out. A decision is written to the audit log before it is asked for,
 * under the id that makes the other side do it once, together with a job that carries it through when this process dies
 * or the answer is lost. The line is closed with the outcome: so there is never a change without its line.
 */
import { inTransaction } from '#platform/database';
import { isUniqueViolation } from '#platform/database-errors';
import { newId } from '#platform/ids';
import { Problem } from '#platform/problem';
import type { components } from '#openapi/social';
import type { AuditEvent } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { decisionOpen } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import type { Actor, Outcome } from './audit-log.ts';

type Account = components['schemas']['Account'];

export type Decision =
  | { action: 'user.suspend'; userId: string; reason: string; until?: string | undefined }
  | { action: 'user.restore'; userId: string; reason: string };

/** What became of a decision; `pending` when the other service did not say. */
export type Decided =
  { decisionId: string; outcome: 'done'; account: Account } | { decisionId: string; outcome: 'pending' };

const settleAfterMs = 15_000;

/** Writes the decision down, then has it carried out. @throws decision_open, and the refusal of the other service */
export async function decide(ctx: Context, caller: StaffCaller, decision: Decision): Promise<Decided> {
  const decisionId = await openDecision(ctx, caller, decision);
  try {
    const account = await carryOut(ctx, caller.oid, decisionId, decision);
    await closeDecision(ctx, caller, { decisionId, decision, outcome: 'done' });
    return { decisionId, outcome: 'done', account };
  } catch (error) {
    if (!isRefusal(error)) return { decisionId, outcome: 'pending' };
    await closeDecision(ctx, caller, { decisionId, decision, outcome: 'refused', code: error.code });
    throw error;
  }
}

/** Carries an open decision through; does nothing when it is closed already. Throws while the outcome stays unknown. */
export async function settleDecision(ctx: Context, decisionId: string): Promise<void> {
  const line = await ctx.db.auditEvent.findUniqueOrThrow({ where: { id: decisionId }, include: { closedBy: true } });
  if (line.closedBy) return;
  const actor = actorOf(line);
  const decision = decisionOf(line);
  try {
    await carryOut(ctx, actor.oid, decisionId, decision);
    await closeDecision(ctx, actor, { decisionId, decision, outcome: 'done' });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await closeDecision(ctx, actor, { decisionId, decision, outcome: 'refused', code: error.code });
  }
}

async function openDecision(ctx: Context, caller: StaffCaller, decision: Decision): Promise<string> {
  const decisionId = newId(ctx.clock.now());
  const { action, userId, reason } = decision;
  const details = 'until' in decision && decision.until !== undefined ? { until: decision.until } : {};
  const target = { type: 'user', id: userId };
  await inTransaction(ctx.db, async (tx) => {
    await writeAuditEvent(tx, caller, { id: decisionId, action, target, reason, outcome: 'pending', details });
    // Under the log's lock, so that of two decisions at once one sees the other.
    if (await hasOpenDecision(tx, userId, decisionId)) throw decisionOpen();
    const runAt = new Date(ctx.clock.now().getTime() + settleAfterMs);
    await ctx.queue.add(tx, 'settleDecision', { decisionId }, { runAt, key: decisionId });
  });
  return decisionId;
}

async function hasOpenDecision(db: Tx, userId: string, exceptId: string): Promise<boolean> {
  const open = await db.auditEvent.findFirst({
    where: { targetType: 'user', targetId: userId, outcome: 'pending', closedBy: null, id: { not: exceptId } },
    select: { id: true },
  });
  return open !== null;
}

async function carryOut(
  ctx: Pick<Context, 'social'>,
  staffId: string,
  decisionId: string,
  decision: Decision,
): Promise<Account> {
  const { userId, reason } = decision;
  const call = { caller: { staffId }, path: { userId } };
  if (decision.action === 'user.restore')
    return (await ctx.social.restoreAccount({ ...call, body: { decisionId, reason } })).body;
  const until = decision.until === undefined ? {} : { until: decision.until };
  return (await ctx.social.suspendAccount({ ...call, body: { decisionId, reason, ...until } })).body;
}

interface ClosedDecision {
  decisionId: string;
  decision: Decision;
  outcome: Outcome;
  /** Why it was refused. */
  code?: string;
}

async function closeDecision(
  ctx: Pick<Context, 'db'>,
  actor: Actor,
  { decisionId, decision, outcome, code }: ClosedDecision,
): Promise<void> {
  try {
    await writeAuditEvent(ctx.db, actor, {
      closesId: decisionId,
      action: decision.action,
      target: { type: 'user', id: decision.userId },
      outcome,
      details: code === undefined ? {} : { code },
    });
  } catch (error) {
    // The request and the job may both learn the outcome; the first one closes.
    if (!isUniqueViolation(error)) throw error;
  }
}

/** A definite no of the other service: nothing was changed, and asking again gives the same answer. */
function isRefusal(error: unknown): error is Problem {
  return error instanceof Problem && error.status < 500 && !error.retryable;
}

function actorOf(line: AuditEvent): Actor {
  return {
    oid: line.actorOid,
    tid: line.actorTid,
    name: line.actorName,
    appId: line.actorAppId,
    roles: line.actorRoles,
  };
}

function decisionOf({ action, targetId, reason, details }: AuditEvent): Decision {
  const [userId, why] = [targetId ?? '', reason ?? ''];
  if (action === 'user.restore') return { action, userId, reason: why };
  if (action !== 'user.suspend') throw new Error(`${action} is not a decision`);
  const { until } = details as { until?: string };
  return { action, userId, reason: why, until };
}
