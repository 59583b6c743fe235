/** What staff may decide that another service carries out: a kind is one entry here, and one call. */
import type { components as Financial } from '#openapi/financial';
import type { components } from '#openapi/social';
import type { Context, Tx } from '../context.ts';
import { liftedByAppeal, sanctionOfCase, sanctionOfPost } from './about-person.ts';
import type { AboutPerson } from './about-person.ts';
import type { Details, Outcome } from './audit-log.ts';
import { closeCase, tellCaseOfAppeal } from './case-closing.ts';
import { proposedDecisions } from './proposed-decisions.ts';

/** What a decision is about, and its audit line with it. */
export type TargetType =
  | 'user'
  | 'report'
  | 'appeal'
  | 'post'
  | 'pocket'
  | 'feature_flag'
  | 'queue'
  | 'reconciliation'
  | 'reconciliation_break';

/** A decision as its kind carries it out: everything it needs stands in its audit line. */
export interface Asked<Facts> {
  /** The other side does each decision once, by this id. */
  decisionId: string;
  staffId: string;
  staffName: string;
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

export interface DecisionKind<Facts extends Details, Answer> {
  target: TargetType;
  /** Asks the service whose matter it is. Asked again with the same id, it answers the same. */
  carryOut(ctx: Context, asked: Asked<Facts>): Promise<Answer>;
  /** What of ours changes with the outcome, in the transaction that closes the line. */
  onClosed?(tx: Tx, closed: Closed, answer: Answer | undefined): Promise<void>;
  /** What it came to for a person, when it is not about one. */
  aboutPerson?(closed: Closed, answer: Answer): AboutPerson | undefined;
}

type Schemas = components['schemas'];
type Account = Schemas['Account'];
type ReportDecided = Awaited<ReturnType<Context['social']['decideReports']>>['body'];

type ReportFacts = {
  action: Schemas['ReportAction'];
  subjectType: Schemas['ReportSubjectType'];
  subjectId: string;
  userId: string;
  ruleIds: string[];
  until?: string;
};

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
  'user.sign_out': kind<Record<string, never>, Account>({
    target: 'user',
    carryOut: async ({ social }, { staffId, targetId: userId, decisionId, reason }) =>
      (await social.endAccountSessions({ caller: { staffId }, path: { userId }, body: { decisionId, reason } })).body,
  }),
  'report.decide': kind<ReportFacts, ReportDecided>({
    target: 'report',
    carryOut: async ({ social }, { staffId, decisionId, reason, facts }) => {
      const { action, subjectType, subjectId, ruleIds, until } = facts;
      const body = { decisionId, reason, action, ruleIds, ...(until !== undefined && { until }) };
      return (await social.decideReports({ caller: { staffId }, path: { subjectType, subjectId }, body })).body;
    },
    onClosed: closeCase,
    aboutPerson: sanctionOfCase,
  }),
  'appeal.decide': kind<{ outcome: 'upheld' | 'overturned' }, Schemas['StaffAppeal']>({
    target: 'appeal',
    carryOut: async ({ social }, { staffId, targetId: appealId, decisionId, reason, facts }) =>
      (await social.decideAppeal({ caller: { staffId }, path: { appealId }, body: { decisionId, reason, ...facts } }))
        .body,
    onClosed: async (tx, closed, answer) => {
      if (answer) await tellCaseOfAppeal(tx, closed, answer.sanction.decisionId);
    },
    aboutPerson: (closed, { sanction }) => liftedByAppeal(closed, sanction),
  }),
  'post.remove': kind<{ ruleIds: string[] }, Schemas['StaffPost']>({
    target: 'post',
    carryOut: async ({ social }, { staffId, targetId: postId, decisionId, reason, facts }) =>
      (await social.removePost({ caller: { staffId }, path: { postId }, body: { decisionId, reason, ...facts } })).body,
    aboutPerson: (closed, post) => sanctionOfPost(closed, post, 'user.sanction'),
  }),
  'post.restore': kind<Record<string, never>, Schemas['StaffPost']>({
    target: 'post',
    carryOut: async ({ social }, { staffId, targetId: postId, decisionId, reason }) =>
      (await social.restorePost({ caller: { staffId }, path: { postId }, body: { decisionId, reason } })).body,
    aboutPerson: (closed, post) => sanctionOfPost(closed, post, 'user.sanction_lift'),
  }),
  'reconciliation.run': kind<{ from: string; to: string }, Financial['schemas']['Reconciliation']>({
    target: 'reconciliation',
    carryOut: async ({ financial }, { staffId, decisionId, facts }) =>
      (await financial.createReconciliation({ caller: { staffId }, body: { decisionId, ...facts } })).body,
  }),
  'reconciliation_break.resolve': kind<Record<string, never>, Financial['schemas']['ReconciliationBreak']>({
    target: 'reconciliation_break',
    carryOut: async ({ financial }, { staffId, targetId: breakId, decisionId, reason: note }) =>
      (
        await financial.resolveReconciliationBreak({
          caller: { staffId },
          path: { breakId },
          body: { decisionId, note },
        })
      ).body,
  }),
  ...proposedDecisions,
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
