import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { assertIfMatch } from '#platform/etag';
import { NotificationKind } from '#prisma/social';
import type { StrangerPolicy } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { lockAccount } from './lock-account.ts';

interface Policy {
  strangers: StrangerPolicy;
  /** What is pushed to devices. */
  pushKinds: NotificationKind[];
}

/** The caller's policy; whoever has set none is told of everything. */
export async function getNotificationPolicy(ctx: { db: Tx }, caller: Caller): Promise<Policy & { version: number }> {
  const policy = await ctx.db.notificationPolicy.findUnique({ where: { accountId: caller.userId } });
  const off = new Set(policy?.pushOff);
  return {
    strangers: policy?.strangers ?? 'all',
    pushKinds: Object.values(NotificationKind).filter((kind) => !off.has(kind)),
    version: policy?.version ?? 0,
  };
}

/** @throws precondition_failed */
export async function putNotificationPolicy(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { policy, ifMatch }: { policy: Policy; ifMatch: string | undefined },
): Promise<Policy & { version: number }> {
  const accountId = caller.userId;
  const { strangers, pushKinds } = policy;
  const pushOff = Object.values(NotificationKind).filter((kind) => !pushKinds.includes(kind));
  return inTransaction(ctx.db, async (tx) => {
    // The account is locked, since there may be no policy yet.
    await lockAccount(tx, accountId);
    const { version } = await getNotificationPolicy({ db: tx }, caller);
    assertIfMatch(ifMatch, version, accountId);

    const set = { strangers, pushOff, version: version + 1 };
    await tx.notificationPolicy.upsert({ where: { accountId }, create: { accountId, ...set }, update: set });
    return getNotificationPolicy({ db: tx }, caller);
  });
}
