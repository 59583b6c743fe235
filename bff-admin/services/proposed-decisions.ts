/** The decisions that two people take: what is carried out is the payload of the proposal that the audit line names, by its hash. */
import { proposalChanged } from '../errors.ts';
import { payloadHash } from '../helpers/payload-hash.ts';
import type { Context, Tx } from '../context.ts';
import type { Details } from './audit-log.ts';
import type { Asked, Closed, DecisionKind, TargetType } from './decision-kinds.ts';
import { applyFlag } from './feature-flags.ts';
import type { Payloads, ProposalKindName } from './proposal-kinds.ts';

/** Beside the payload itself, flat, for whoever reads the log. */
export type ProposedFacts = Details & {
  proposalId: string;
  payloadHash: string;
  proposedBy: string;
  brokeGlass: boolean;
};

type Order = Omit<Asked<ProposedFacts>, 'facts'>;

export const proposedDecisions = {
  'money.freeze': proposed<'money_freeze'>('user', async ({ financial }, order, path) =>
    financial.freezeMoney({ ...by(order), path }),
  ),
  'money.unfreeze': proposed<'money_unfreeze'>('user', async ({ financial }, order, path) =>
    financial.unfreezeMoney({ ...by(order), path }),
  ),
  'pocket.freeze': proposed<'pocket_freeze'>('pocket', async ({ financial }, order, path) =>
    financial.freezePocket({ ...by(order), path }),
  ),
  'pocket.unfreeze': proposed<'pocket_unfreeze'>('pocket', async ({ financial }, order, path) =>
    financial.unfreezePocket({ ...by(order), path }),
  ),
  'ledger.adjust': proposed<'ledger_adjustment'>('user', async ({ financial }, order, adjustment) => {
    const { caller, body } = by(order);
    return financial.bookAdjustment({ caller, body: { ...body, kind: 'adjustment', adjustment } });
  }),
  'ledger.refund': proposed<'refund'>('user', async ({ financial }, order, { userId, amount }) => {
    const { caller, body } = by(order);
    const adjustment = { account: 'wallet', userId, direction: 'credit', against: 'adjustment', amount } as const;
    return financial.bookAdjustment({ caller, body: { ...body, kind: 'refund', adjustment } });
  }),
  'feature_flag.apply': proposed<'feature_flag'>('feature_flag', (ctx, { decisionId }, change) =>
    applyFlag(ctx, { decisionId, change }),
  ),
  'queue.scope': proposed<'queue_scope'>('queue', ({ db, clock }, _order, { queue, oid, action }) =>
    action === 'add'
      ? db.queueMember.createMany({ data: { queue, oid, addedAt: clock.now() }, skipDuplicates: true })
      : db.queueMember.deleteMany({ where: { queue, oid } }),
  ),
};

export type ProposedAction = keyof typeof proposedDecisions;

function proposed<Kind extends ProposalKindName>(
  target: TargetType,
  carry: (ctx: Context, order: Order, payload: Payloads[Kind]) => Promise<unknown>,
): DecisionKind<ProposedFacts, unknown> {
  return {
    target,
    carryOut: async (ctx, { facts, ...order }) => carry(ctx, order, (await getPayload(ctx, facts)) as Payloads[Kind]),
    onClosed: closeProposal,
  };
}

function by({ staffId, decisionId, reason }: Order) {
  return { caller: { staffId }, body: { decisionId, reason } };
}

/** What was proposed, when it is still what was approved. @throws proposal_changed */
async function getPayload({ db }: Pick<Context, 'db'>, facts: ProposedFacts): Promise<unknown> {
  const { payload } = await db.proposal.findUniqueOrThrow({ where: { id: facts.proposalId } });
  if (payloadHash(payload) !== facts.payloadHash) throw proposalChanged();
  return payload;
}

async function closeProposal(tx: Tx, { decisionId, outcome, code }: Closed): Promise<void> {
  const data = outcome === 'done' ? { status: 'executed' } : { status: 'failed', failureCode: code ?? 'refused' };
  await tx.proposal.updateMany({ where: { decisionId, status: 'executing' }, data });
}
