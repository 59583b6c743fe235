/** What takes two people: a kind is one entry here, and one in proposed-decisions.ts that carries it out. */
import type { components as Financial } from '#openapi/financial';
import type { components } from '#openapi/bff-admin';
import { missingRole } from '../errors.ts';
import type { Role, StaffCaller } from '../helpers/staff-caller.ts';
import type { Tx } from '../context.ts';
import { onPresentVersion } from './feature-flags.ts';
import type { FlagChange } from './feature-flags.ts';
import type { ProposedAction } from './proposed-decisions.ts';

type Schemas = components['schemas'];

/** What each kind must be given. */
export interface Payloads {
  money_freeze: Schemas['UserPayload'];
  money_unfreeze: Schemas['UserPayload'];
  pocket_freeze: Schemas['PocketPayload'];
  pocket_unfreeze: Schemas['PocketPayload'];
  ledger_adjustment: Financial['schemas']['Adjustment'];
  refund: Schemas['RefundPayload'];
  feature_flag: FlagChange;
  queue_scope: Schemas['QueueScopePayload'];
}

export type ProposalKindName = keyof Payloads;

/** What somebody proposes. */
export type Proposed = {
  [Kind in ProposalKindName]: { kind: Kind; payload: Payloads[Kind]; reason: string };
}[ProposalKindName];

interface ProposalKind<Payload> {
  /** The decision by which it is carried out. */
  action: ProposedAction;
  /** Who may propose it, and who may decide it. */
  roles: readonly Role[];
  targetId: (payload: Payload) => string;
  /** What the payload says by leaving it out, of the moment in which it is proposed. */
  complete?: (tx: Tx, payload: Payload) => Promise<Payload>;
}

const money: readonly Role[] = ['Admin', 'FinanceOps'];

const userOf = ({ userId }: { userId: string }) => userId;
const pocketOf = ({ pocketId }: { pocketId: string }) => pocketId;

const proposalKinds: { [Kind in ProposalKindName]: ProposalKind<Payloads[Kind]> } = {
  money_freeze: { action: 'money.freeze', roles: money, targetId: userOf },
  money_unfreeze: { action: 'money.unfreeze', roles: money, targetId: userOf },
  pocket_freeze: { action: 'pocket.freeze', roles: money, targetId: pocketOf },
  pocket_unfreeze: { action: 'pocket.unfreeze', roles: money, targetId: pocketOf },
  ledger_adjustment: { action: 'ledger.adjust', roles: money, targetId: userOf },
  refund: { action: 'ledger.refund', roles: money, targetId: userOf },
  feature_flag: {
    action: 'feature_flag.apply',
    roles: money,
    targetId: ({ key }) => key,
    complete: onPresentVersion,
  },
  queue_scope: { action: 'queue.scope', roles: ['Admin'], targetId: ({ queue }) => queue },
};

/** How a proposal is decided, and about what. */
export function orderOf({ kind, payload }: Omit<Proposed, 'reason'>): { action: ProposedAction; targetId: string } {
  const { action, targetId } = proposalKinds[kind] as ProposalKind<unknown>;
  return { action, targetId: targetId(payload) };
}

/** The payload as it is carried out when it is agreed to. */
export async function completePayload(tx: Tx, { kind, payload }: Omit<Proposed, 'reason'>): Promise<unknown> {
  const { complete } = proposalKinds[kind] as ProposalKind<unknown>;
  return complete ? complete(tx, payload) : payload;
}

/** The kinds that somebody with these roles may decide. */
export function kindsFor(roles: readonly Role[]): ProposalKindName[] {
  const names = Object.keys(proposalKinds) as ProposalKindName[];
  return names.filter((name) => proposalKinds[name].roles.some((role) => roles.includes(role)));
}

/** @throws forbidden for whoever has no role for this kind */
export function assertMayDecide({ roles }: StaffCaller, kind: string): void {
  const required = proposalKinds[kind as ProposalKindName].roles;
  if (!roles.some((role) => required.includes(role))) throw missingRole(required);
}
