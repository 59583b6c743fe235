import { inTransaction } from '#platform/database';
import { assertIfMatch } from '#platform/etag';
import type { FeatureFlag, Proposal } from '#prisma/admin';
import { reasonNeeded } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { factsOf, lockFlags, saveFlag, targetOf } from './feature-flags.ts';
import type { FlagChange, FlagContext } from './feature-flags.ts';
import { addProposal } from './proposals.ts';

type Put = Omit<FlagChange, 'version'> & { ifMatch: string | undefined; reason?: string | undefined };

/**
 * Makes or changes a flag. One that touches money, before or after, is left as it is: the change is proposed, upon the version
 * that it has now. @throws precondition_failed, feature_flags_full, and when a proposal lacks its reason
 */
export async function putFeatureFlag(
  ctx: FlagContext,
  caller: StaffCaller,
  { ifMatch, reason, ...change }: Put,
): Promise<{ flag: FeatureFlag } | { proposal: Proposal }> {
  return inTransaction(ctx.db, async (tx) => {
    await lockFlags(tx);
    const current = await tx.featureFlag.findUnique({ where: { key: change.key } });
    assertIfMatch(ifMatch, current?.version ?? 0, caller.oid);
    if (current?.money === true || change.money === true) {
      if (reason === undefined) throw reasonNeeded();
      return { proposal: await addProposal(ctx, tx, caller, { kind: 'feature_flag', payload: change, reason }) };
    }
    const flag = await saveFlag(ctx, tx, { current, change });
    await writeAuditEvent(tx, caller, {
      action: 'feature_flag.put',
      target: targetOf(flag),
      ...(reason !== undefined && { reason }),
      details: factsOf(flag),
    });
    return { flag };
  });
}
