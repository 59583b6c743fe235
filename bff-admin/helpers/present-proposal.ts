import type { components } from '#openapi/bff-admin';
import type { BreakGlassRow, ProposalRow } from '../services/proposal-rows.ts';

type Schemas = components['schemas'];

/** A proposal as it is now: one that nobody decided in time has expired. */
export function presentProposal(row: ProposalRow, now: Date): Schemas['Proposal'] {
  const { targetType, targetId, decidedByOid, decidedByName } = row;
  return {
    id: row.id,
    kind: row.kind as Schemas['ProposalKind'],
    payload: row.payload as Record<string, unknown>,
    payloadHash: row.payloadHash,
    target: { type: targetType, id: targetId },
    reason: row.reason,
    status: row.status === 'pending' && row.expiresAt <= now ? 'expired' : (row.status as Schemas['ProposalStatus']),
    author: { oid: row.authorOid, name: row.authorName },
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    decidedBy: decidedByOid === null ? null : { oid: decidedByOid, name: decidedByName ?? '' },
    decidedAt: row.decidedAt?.toISOString() ?? null,
    brokeGlass: row.brokeGlass,
    note: row.note,
    decisionId: row.decisionId,
    failureCode: row.failureCode,
    breakGlassId: row.breakGlass?.id ?? null,
  };
}

export function presentBreakGlass(row: BreakGlassRow, now: Date): Schemas['BreakGlass'] {
  const { proposal, ...grant } = row;
  const { verdict, reviewedByOid, reviewedByName, reviewedAt, reviewNote } = grant;
  return {
    id: grant.id,
    proposal: presentProposal({ ...proposal, breakGlass: grant }, now),
    status: grantStatus(row, now),
    createdAt: grant.createdAt.toISOString(),
    expiresAt: grant.expiresAt.toISOString(),
    usedAt: grant.usedAt?.toISOString() ?? null,
    review:
      verdict === null || reviewedByOid === null || reviewedAt === null
        ? null
        : {
            by: { oid: reviewedByOid, name: reviewedByName ?? '' },
            at: reviewedAt.toISOString(),
            verdict: verdict as 'justified' | 'unjustified',
            note: reviewNote ?? '',
          },
  };
}

/** What can still be done with a grant. */
export function grantStatus({ usedAt, expiresAt, proposal }: BreakGlassRow, now: Date): 'active' | 'used' | 'ended' {
  if (usedAt) return 'used';
  return proposal.status === 'pending' && now < expiresAt ? 'active' : 'ended';
}
