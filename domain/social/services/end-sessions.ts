import type { SessionEnd } from '#prisma/social';
import type { Context, Tx } from '../context.ts';

/** Signs a person out on every device, save in the session `except`. */
export async function endSessions(
  tx: Tx,
  ctx: Pick<Context, 'clock'>,
  { accountId, reason, except }: { accountId: string; reason: SessionEnd; except?: string },
): Promise<void> {
  await tx.session.updateMany({
    where: { accountId, endedAt: null, ...(except !== undefined && { id: { not: except } }) },
    data: { endedAt: ctx.clock.now(), endReason: reason },
  });
}
