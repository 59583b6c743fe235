/**
 * Decisions that another service carries out. A decision is written to the audit log before it is asked for, under the id
 * that makes the other side do it once, together with a job that carries it through when this process dies or the answer is
 * lost. The line is closed with the outcome: so there is never a change without its line.
 */
import { inTransaction } from '#platform/database';
import { isUniqueViolation } from '#platform/database-errors';
import { newId } from '#platform/ids';
import { Problem } from '#platform/problem';
import type { AuditEvent } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { decisionOpen } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import type { AboutPerson } from './about-person.ts';
import { writeAuditEvent } from './audit-log.ts';
import type { Actor, Details } from './audit-log.ts';
import { decisionKind } from './decision-kinds.ts';
import type { AnswerOf, Closed, DecisionAction, FactsOf } from './decision-kinds.ts';

export interface Decision<Action extends DecisionAction> {
  action: Action;
  targetId: string;
  reason: string;
  facts: FactsOf<Action>;
}

/** What became of a decision; `pending` when the other service did not say. */
export type Decided<Answer> =
  { decisionId: string; outcome: 'done'; answer: Answer } | { decisionId: string; outcome: 'pending' };

const settleAfterMs = 15_000;

/** Writes the decision down, then has it carried out. @throws decision_open, and the refusal of the other service */
export async function decide<Action extends DecisionAction>(
  ctx: Context,
  caller: StaffCaller,
  decision: Decision<Action>,
): Promise<Decided<AnswerOf<Action>>> {
  const decisionId = await inTransaction(ctx.db, (tx) => openDecision(ctx, tx, caller, decision));
  return carryThrough(ctx, decisionId);
}

/**
 * Writes a decision down in the caller's transaction, with what of ours belongs to it; `carryThrough` follows once that is
 * committed. Append as late as possible: the log's lock is held to the transaction's end. @throws decision_open
 */
export async function openDecision<Action extends DecisionAction>(
  ctx: Pick<Context, 'clock' | 'queue'>,
  tx: Tx,
  caller: Actor,
  { action, targetId, reason, facts }: Decision<Action>,
): Promise<string> {
  const decisionId = newId(ctx.clock.now());
  const target = { type: decisionKind(action).target, id: targetId };
  await writeAuditEvent(tx, caller, { id: decisionId, action, target, reason, outcome: 'pending', details: facts });
  // Under the log's lock, so that of two decisions at once one sees the other.
  if (await hasOpenDecision(tx, target, decisionId)) throw decisionOpen();
  const runAt = new Date(ctx.clock.now().getTime() + settleAfterMs);
  await ctx.queue.add(tx, 'settleDecision', { decisionId }, { runAt, key: decisionId });
  return decisionId;
}

/** Has an open decision carried out; `pending` when the outcome is not known, which a job then finds out. @throws the refusal */
export async function carryThrough<Answer>(ctx: Context, decisionId: string): Promise<Decided<Answer>> {
  try {
    const answer = await settle(ctx, decisionId);
    return { decisionId, outcome: 'done', answer: answer as Answer };
  } catch (error) {
    if (isRefusal(error)) throw error;
    return { decisionId, outcome: 'pending' };
  }
}

/** Carries an open decision through; does nothing when it is closed already. Throws while the outcome stays unknown. */
export async function settleDecision(ctx: Context, decisionId: string): Promise<void> {
  const closed = await ctx.db.auditEvent.count({ where: { closesId: decisionId } });
  if (closed > 0) return;
  try {
    await settle(ctx, decisionId);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

/** The line says everything: whoever reads it can carry the decision out. @throws whatever the other service answers */
async function settle(ctx: Context, decisionId: string): Promise<unknown> {
  const line = await ctx.db.auditEvent.findUniqueOrThrow({ where: { id: decisionId } });
  const asked = {
    decisionId,
    staffId: line.actorOid,
    staffName: line.actorName,
    targetId: line.targetId ?? '',
    reason: line.reason ?? '',
    facts: line.details as Details,
  };
  try {
    const answer = await decisionKind(line.action).carryOut(ctx, asked);
    await close(ctx, line, { ...asked, outcome: 'done' }, answer);
    return answer;
  } catch (error) {
    if (isRefusal(error)) await close(ctx, line, { ...asked, outcome: 'refused', code: error.code });
    throw error;
  }
}

async function hasOpenDecision(db: Tx, target: { type: string; id: string }, exceptId: string): Promise<boolean> {
  const open = await db.auditEvent.findFirst({
    where: { targetType: target.type, targetId: target.id, outcome: 'pending', closedBy: null, id: { not: exceptId } },
    select: { id: true },
  });
  return open !== null;
}

async function close(ctx: Pick<Context, 'db'>, line: AuditEvent, closed: Closed, answer?: unknown): Promise<void> {
  const { action, targetType, targetId } = line;
  try {
    await inTransaction(ctx.db, async (tx) => {
      await decisionKind(action).onClosed?.(tx, closed, answer);
      await writeAuditEvent(tx, actorOf(line), {
        closesId: closed.decisionId,
        action,
        ...(targetType !== null && targetId !== null && { target: { type: targetType, id: targetId } }),
        outcome: closed.outcome,
        details: closed.code === undefined ? {} : { code: closed.code },
      });
      if (closed.outcome === 'done') await tellPerson(tx, line, decisionKind(action).aboutPerson?.(closed, answer));
    });
  } catch (error) {
    // The request and the job may both learn the outcome; the first one closes.
    if (!isUniqueViolation(error)) throw error;
  }
}

/** Adds to the history of a person what a decision about something else came to for them. */
async function tellPerson(tx: Tx, line: AuditEvent, about: AboutPerson | undefined): Promise<void> {
  if (about === undefined) return;
  const { userId, action, details } = about;
  const why = line.reason === null ? {} : { reason: line.reason };
  await writeAuditEvent(tx, actorOf(line), { action, target: { type: 'user', id: userId }, ...why, details });
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
