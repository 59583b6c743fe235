import type { components } from '#openapi/social';
import type { SanctionRow } from '../services/sanctions.ts';

/** A sanction as the person it is held against sees it. */
export type SanctionView = components['schemas']['Sanction'];

export function presentSanction({ decision, appeal, ...sanction }: SanctionRow): SanctionView {
  return {
    id: sanction.id,
    kind: sanction.kind,
    reason: decision.reason,
    ruleIds: sanction.ruleIds,
    postId: sanction.postId,
    excerpt: sanction.excerpt,
    until: decision.until?.toISOString() ?? null,
    createdAt: sanction.createdAt.toISOString(),
    expiresAt: sanction.expiresAt.toISOString(),
    liftedAt: sanction.liftedAt?.toISOString() ?? null,
    appeal: appeal && presentAppeal(appeal),
  };
}

function presentAppeal({
  text,
  createdAt,
  outcome,
  reason,
  decidedAt,
}: NonNullable<SanctionRow['appeal']>): components['schemas']['Appeal'] {
  return {
    text,
    createdAt: createdAt.toISOString(),
    outcome,
    reason,
    decidedAt: decidedAt?.toISOString() ?? null,
  };
}
