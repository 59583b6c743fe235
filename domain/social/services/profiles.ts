import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { assertIfMatch } from '#platform/etag';
import type { Context, Tx } from '../context.ts';
import { mediaNotReady, notFound } from '../errors.ts';
import { assertMayAct } from './may-act.ts';

export type { Profile } from '#prisma/social';

interface ProfileChange {
  displayName?: string | undefined;
  bio?: string | undefined;
  locked?: boolean | undefined;
  avatarMediaId?: string | null | undefined;
}

/** The caller's profile with the account it belongs to. */
export async function getMe(ctx: { db: Tx }, caller: Caller) {
  const profile = await ctx.db.profile.findUnique({
    where: { accountId: caller.userId },
    include: { account: { select: { email: true, createdAt: true } } },
  });
  if (!profile) throw notFound();
  return profile;
}

export type OwnProfile = Awaited<ReturnType<typeof getMe>>;

/** @throws precondition_failed, media_not_ready; not_found for another's picture */
export async function updateMe(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { change, ifMatch }: { change: ProfileChange; ifMatch: string | undefined },
): Promise<OwnProfile> {
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const [locked] = await tx.$queryRaw<{ version: number }[]>`
      SELECT version FROM profile WHERE account_id = ${caller.userId}::uuid FOR NO KEY UPDATE`;
    assertIfMatch(ifMatch, locked?.version ?? 0, caller.userId);
    if (change.avatarMediaId) await assertReady(tx, caller, change.avatarMediaId);

    const { displayName, bio, locked: isLocked, avatarMediaId } = change;
    await tx.profile.update({
      where: { accountId: caller.userId },
      data: {
        ...(displayName !== undefined && { displayName }),
        ...(bio !== undefined && { bio }),
        ...(isLocked !== undefined && { locked: isLocked }),
        ...(avatarMediaId !== undefined && { avatarMediaId }),
        version: { increment: 1 },
      },
    });
    return getMe({ db: tx }, caller);
  });
}

/** A profile as the caller sees it; not found across a block. */
export async function getProfile(ctx: Pick<Context, 'db'>, caller: Caller, handle: string) {
  const profile = await ctx.db.profile.findFirst({
    where: {
      handle,
      account: { blockers: { none: { blockerId: caller.userId } }, blocked: { none: { blockedId: caller.userId } } },
    },
    include: {
      account: {
        select: {
          createdAt: true,
          followers: { where: { followerId: caller.userId }, select: { state: true } },
          followees: { where: { followeeId: caller.userId, state: 'following' }, select: { state: true } },
        },
      },
    },
  });
  if (!profile) throw notFound();
  return {
    profile,
    relationship: {
      self: profile.accountId === caller.userId,
      following: profile.account.followers[0]?.state ?? ('none' as const),
      followedBy: profile.account.followees.length > 0,
    },
  };
}

/** The people behind ids; for a member without those on either side of a block. */
export async function listProfiles(ctx: Pick<Context, 'db'>, caller: Caller, ids: string[]) {
  const unblocked =
    caller.kind === 'member'
      ? { blockers: { none: { blockerId: caller.userId } }, blocked: { none: { blockedId: caller.userId } } }
      : {};
  return ctx.db.profile.findMany({ where: { accountId: { in: ids }, account: unblocked } });
}

async function assertReady(tx: Tx, caller: Caller, mediaId: string): Promise<void> {
  const media = await tx.media.findFirst({
    where: { id: mediaId, accountId: caller.userId },
    select: { status: true },
  });
  if (!media) throw notFound('There is no such picture.');
  if (media.status !== 'ready') throw mediaNotReady();
}
