/** What staff may decide that another service carries out: a kind is one entry here, and one call. */
import type { components } from '#openapi/social';
import type { Context, Tx } from '../context.ts';
import type { Details, Outcome } from './audit-log.ts';

/** What a decision is about, and its audit line with it. */
export type TargetType = 'user';

/** A decision as its kind carries it out: everything it needs stands in its audit line. */
export interface Asked<Facts> {
  /** The other side does each decision once, by this id. */
  decisionId: string;
  staffId: string;
  targetId: string;
  reason: string;
  facts: Facts;
}

/** How a decision ended. */
export interface Closed extends Asked<Details> {
  outcome: Exclude<Outcome, 'pending'>;
  /** Why it was refused. */
  code?: string;
}

interface DecisionKind<Facts extends Details, Answer> {
  target: TargetType;
  /** Asks the service whose matter it is. Asked again with the same id, it answers the same. */
  carryOut(ctx: Context, asked: Asked<Facts>): Promise<Answer>;
  /** What of ours changes with the outcome, in the transaction that closes the line. */
  onClosed?(tx: Tx, closed: Closed): Promise<void>;
}

type Account = components['schemas']['Account'];

export const decisionKinds = {
  'user.suspend': kind<{ until?: string }, Account>({
    target: 'user',
    carryOut: async ({ social }, { staffId, targetId: userId, decisionId, reason, facts }) =>
      (await social.suspendAccount({ caller: { staffId }, path: { userId }, body: { decisionId, reason, ...facts } }))
        .body,
  }),
  'user.restore': kind<Record<string, never>, Account>({
    target: 'user',
    carryOut: async ({ social }, { staffId, targetId: userId, decisionId, reason }) =>
      (await social.restoreAccount({ caller: { staffId }, path: { userId }, body: { decisionId, reason } })).body,
  }),
};

export type DecisionAction = keyof typeof decisionKinds;

/** What a decision of that kind needs to know beside its target and reason. */
export type FactsOf<Action extends DecisionAction> = Parameters<(typeof decisionKinds)[Action]['carryOut']>[1]['facts'];

/** What the other service says when it has carried a decision of that kind out. */
export type AnswerOf<Action extends DecisionAction> = Awaited<ReturnType<(typeof decisionKinds)[Action]['carryOut']>>;

/** The kind of an action that stands in an audit line. */
export function decisionKind(action: string): DecisionKind<Details, unknown> {
  if (!(action in decisionKinds)) throw new Error(`${action} is not a decision`);
  return decisionKinds[action as DecisionAction];
}

function kind<Facts extends Details, Answer>(one: DecisionKind<Facts, Answer>): DecisionKind<Facts, Answer> {
  return one;
}
