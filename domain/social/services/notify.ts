import { newId } from '#platform/ids';
import type { NotificationKind } from '#prisma/social';
import type { Context, Tx } from '../context.ts';

interface Cause {
  accountId: string;
  kind: NotificationKind;
  actorId: string;
  postId?: string;
}

/** Tells a person what another did, in the transaction in which it was done. Nobody is told of themselves. */
export async function notify(
  tx: Tx,
  ctx: Pick<Context, 'clock'>,
  { accountId, kind, actorId, postId }: Cause,
): Promise<void> {
  if (accountId === actorId) return;
  const now = ctx.clock.now();
  await tx.notification.create({
    data: { id: newId(now), accountId, kind, actorId, postId: postId ?? null, createdAt: now },
  });
}

/** What was taken back is no longer told. */
export async function forgetNotification(
  tx: Tx,
  { kind, ...cause }: { accountId: string; kind: NotificationKind[]; actorId: string; postId?: string },
): Promise<void> {
  await tx.notification.deleteMany({ where: { ...cause, kind: { in: kind } } });
}
