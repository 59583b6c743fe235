import { replayedHeader } from '#platform/idempotency';
import type { components } from '#openapi/financial';
import type { ApprovalFacts } from '../services/facts.ts';
import type { Booked } from '../services/ledger.ts';
import { presentMoneyOrNull, presentTime } from './present-money.ts';

type Approval = components['schemas']['Approval'];

/** An approval as one of the members sees it at the time `now`. */
export function presentApproval(facts: ApprovalFacts, now: Date): Approval {
  const { id, pocketId, kind, requesterId, note, toPocketId, policy, approvals, needed, movementId } = facts;
  return {
    id,
    pocketId,
    kind,
    requesterId,
    amount: presentMoneyOrNull(facts.amountMinor, facts.currency),
    note,
    toPocketId,
    policy,
    status: statusOf(facts, now),
    approvals,
    needed,
    viewerVote: voteOf(facts),
    movementId,
    createdAt: presentTime(facts.createdAt),
    expiresAt: presentTime(facts.expiresAt),
  };
}

/** The answer to a request that others must agree to first. A replay says what was said the first time. */
export function presentPending({ facts, replayed }: Booked<ApprovalFacts>, now: Date) {
  const at = replayed ? new Date(facts.createdAt) : now;
  return {
    status: 202,
    body: { status: 'pending_approval', approval: presentApproval(facts, at) },
    headers: replayedHeader({ replayed }),
  } as const;
}

function statusOf({ status, expiresAt }: ApprovalFacts, now: Date): Approval['status'] {
  if (status !== 'pending') return status;
  return new Date(expiresAt) <= now ? 'expired' : 'pending_approval';
}

function voteOf({ viewerApproves }: ApprovalFacts): Approval['viewerVote'] {
  if (viewerApproves === null) return null;
  return viewerApproves ? 'approve' : 'reject';
}
