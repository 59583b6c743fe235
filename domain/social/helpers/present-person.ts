import type { components } from '#openapi/social';
import type { OwnProfile, Profile, ShownProfile } from '../services/profiles.ts';
import { avatarUrl } from './media-url.ts';

type Schemas = components['schemas'];

export function presentPerson(
  {
    accountId,
    handle,
    displayName,
    avatarMediaId,
  }: Pick<Profile, 'accountId' | 'handle' | 'displayName' | 'avatarMediaId'>,
  mediaBase: string,
): Schemas['Person'] {
  return { id: accountId, handle, displayName, avatarUrl: avatarUrl(mediaBase, avatarMediaId) };
}

export function presentCounts(
  profile: Pick<Profile, 'postCount' | 'followerCount' | 'followingCount'>,
): Schemas['ProfileCounts'] {
  return { posts: profile.postCount, followers: profile.followerCount, following: profile.followingCount };
}

export function presentProfile(profile: ShownProfile, mediaBase: string): Schemas['Profile'] {
  return {
    ...presentPerson(profile, mediaBase),
    bio: profile.bio,
    avatarAlt: profile.avatar?.altText ?? null,
    locked: profile.locked,
    counts: presentCounts(profile),
    createdAt: profile.account.createdAt.toISOString(),
  };
}

export function presentMe(profile: OwnProfile, mediaBase: string): Schemas['Me'] {
  return {
    ...presentPerson(profile, mediaBase),
    bio: profile.bio,
    avatarAlt: profile.avatar?.altText ?? null,
    locked: profile.locked,
    discoverable: profile.discoverable,
    followsVisibility: profile.followsVisibility,
    altTextPolicy: profile.altTextPolicy,
    createdAt: profile.account.createdAt.toISOString(),
    email: profile.account.email,
    emailVerified: profile.account.emailVerifiedAt !== null,
    pendingEmail: profile.account.pendingEmail,
  };
}
