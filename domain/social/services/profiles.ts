import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { assertIfMatch } from '#platform/etag';
import type { AltTextPolicy, FollowState, FollowsVisibility } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { mediaNotReady, notFound } from '../errors.ts';
import { holdMedia } from './hold-media.ts';
import { assertMayAct } from './may-act.ts';

export type { Profile } from '#prisma/social';

interface ProfileChange {
  displayName?: string | undefined;
  bio?: string | undefined;
  locked?: boolean | undefined;
  discoverable?: boolean | undefined;
  followsVisibility?: FollowsVisibility | undefined;
  altTextPolicy?: AltTextPolicy | undefined;
  avatarMediaId?: string | null | undefined;
}

/** The caller's profile with the account it belongs to. */
export async function getMe(ctx: { db: Tx }, caller: Caller) {
  const profile = await ctx.db.profile.findUnique({
    where: { accountId: caller.userId },
    include: {
      account: { select: { email: true, emailVerifiedAt: true, pendingEmail: true, createdAt: true } },
      avatar: { select: { altText: true } },
    },
  });
  if (!profile) throw notFound();
  return profile;
}

export type OwnProfile = Awaited<ReturnType<typeof getMe>>;

/** A picture that is taken off is removed by a job, unless a post shows it. @throws precondition_failed, media_not_ready; not_found for another's picture */
export async function updateMe(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { change, ifMatch }: { change: ProfileChange; ifMatch: string | undefined },
): Promise<OwnProfile> {
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const [before] = await tx.$queryRaw<{ version: number; avatarMediaId: string | null }[]>`
      SELECT version, avatar_media_id AS "avatarMediaId" FROM profile
      WHERE account_id = ${caller.userId}::uuid FOR NO KEY UPDATE`;
    assertIfMatch(ifMatch, before?.version ?? 0, caller.userId);
    if (change.avatarMediaId) await assertReady(tx, caller, change.avatarMediaId);

    const {
      displayName,
      bio,
      locked: isLocked,
      discoverable,
      followsVisibility,
      altTextPolicy,
      avatarMediaId,
    } = change;
    await tx.profile.update({
      where: { accountId: caller.userId },
      data: {
        ...(displayName !== undefined && { displayName }),
        ...(bio !== undefined && { bio }),
        ...(isLocked !== undefined && { locked: isLocked }),
        ...(discoverable !== undefined && { discoverable }),
        ...(followsVisibility !== undefined && { followsVisibility }),
        ...(altTextPolicy !== undefined && { altTextPolicy }),
        ...(avatarMediaId !== undefined && { avatarMediaId }),
        version: { increment: 1 },
      },
    });
    const takenOff = avatarMediaId === undefined ? null : before?.avatarMediaId;
    if (takenOff) await ctx.queue.add(tx, 'removeMedia', { mediaIds: [takenOff] });
    return getMe({ db: tx }, caller);
  });
}

/** A profile as the caller sees it, and how the two stand. @throws not_found for whom the caller cannot see */
export async function getProfile(ctx: Pick<Context, 'db' | 'clock'>, caller: Caller, handle: string) {
  const { id, ...relationship } = await getRelationship(ctx, caller, handle);
  const profile = await ctx.db.profile.findUnique({
    where: { accountId: id },
    include: { account: { select: { createdAt: true } }, avatar: { select: { altText: true } } },
  });
  if (!profile) throw notFound();
  return { profile, relationship: { self: id === caller.userId, ...relationship } };
}

export type ShownProfile = Awaited<ReturnType<typeof getProfile>>['profile'];

interface Relationship {
  id: string;
  following: FollowState | 'none';
  followedBy: boolean;
  requestedBy: boolean;
  muting: boolean;
}

async function getRelationship(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { userId: viewer }: Caller,
  handle: string,
): Promise<Relationship> {
  const [row] = await db.$queryRaw<Relationship[]>`/* getRelationship */
    SELECT
      p.account_id AS id,
      coalesce(own.state::text, 'none') AS following,
      coalesce(theirs.state = 'following', false) AS "followedBy",
      coalesce(theirs.state = 'requested', false) AS "requestedBy",
      EXISTS (
        SELECT FROM mute m
        WHERE m.muter_id = ${viewer}::uuid AND m.muted_id = p.account_id
          AND (m.expires_at IS NULL OR m.expires_at > ${clock.now()})
      ) AS muting
    FROM visible_people(${viewer}::uuid) p
    LEFT JOIN follow own ON own.follower_id = ${viewer}::uuid AND own.followee_id = p.account_id
    LEFT JOIN follow theirs ON theirs.follower_id = p.account_id AND theirs.followee_id = ${viewer}::uuid
    WHERE p.handle = ${handle}::citext`;
  if (!row) throw notFound();
  return row;
}

/** @throws media_not_ready; not_found for another's picture */
export async function assertReady(tx: Tx, caller: Caller, mediaId: string): Promise<void> {
  const [media] = await holdMedia(tx, caller, [mediaId]);
  if (!media) throw notFound('There is no such picture.');
  if (media.status !== 'ready') throw mediaNotReady();
}
