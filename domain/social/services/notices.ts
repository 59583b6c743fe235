import { inTransaction } from '#platform/database';
import type { NotificationKind, NotificationSubject } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { notify } from './notify.ts';

interface Notice {
  noticeId: string;
  userId: string;
  kind: NotificationKind;
  subject: { type: NotificationSubject; id: string };
  actorId?: string | undefined;
}

/** Tells a person what another service knows, once for an id. @throws not_found when there is no such person */
export async function putNotice(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  { noticeId, userId, kind, subject, actorId }: Notice,
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const person = await tx.account.findUnique({ where: { id: userId }, select: { id: true } });
    if (!person) throw notFound();
    const { count } = await tx.notice.createMany({
      data: { accountId: userId, id: noticeId, toldAt: ctx.clock.now() },
      skipDuplicates: true,
    });
    if (count === 0) return;
    await notify(tx, ctx, { accountId: userId, kind, subject, ...(actorId !== undefined && { actorId }) });
  });
}
