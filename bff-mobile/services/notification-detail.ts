import { problemOf } from '#platform/errors';
import type { Context } from '../context.ts';

/** A notification as the phone asks for it when its push is tapped: with the transfer it tells of, whose sum no push carries. */
export async function getNotification(
  { social, financial }: Pick<Context, 'social' | 'financial'>,
  userId: string,
  notificationId: string,
) {
  const caller = { userId };
  const { body } = await social.getNotification({ caller, path: { notificationId } });
  if (body.subject?.type !== 'transfer') return { ...body, transfer: null };
  const transfer = await financial
    .getTransfer({ caller, path: { transferId: body.subject.id } })
    .catch((error: unknown) => {
      // What happened can be told without the sum; a defect cannot be passed over.
      if (problemOf(error) === undefined) throw error;
      return undefined;
    });
  return { ...body, transfer: transfer?.body ?? null };
}
