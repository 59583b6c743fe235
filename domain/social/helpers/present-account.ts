import type { components } from '#openapi/social';
import type { AccountView } from '../services/accounts.ts';
import type { AccountRow } from '../services/search-accounts.ts';
import { avatarUrl } from './media-url.ts';
import { presentCounts, presentPerson } from './present-person.ts';
import { isSuspended } from './suspension.ts';

type Schemas = components['schemas'];

/** `now` decides whether a timed suspension has ended. */
interface Surroundings {
  mediaBase: string;
  now: Date;
}

export function presentAccount(account: AccountView, { mediaBase, now }: Surroundings): Schemas['Account'] {
  const { profile } = account;
  const suspension = presentSuspension(account, now);
  return {
    ...presentPerson(profile, mediaBase),
    bio: profile.bio,
    email: account.email,
    status: suspension ? 'suspended' : 'active',
    suspension,
    locked: profile.locked,
    counts: presentCounts(profile),
    activeSessions: account.activeSessions,
    lastActiveAt: account.lastActiveAt.toISOString(),
    createdAt: account.createdAt.toISOString(),
  };
}

export function presentAccountSummary(row: AccountRow, { mediaBase, now }: Surroundings): Schemas['AccountSummary'] {
  const { id, handle, displayName, email, createdAt } = row;
  return {
    id,
    handle,
    displayName,
    avatarUrl: avatarUrl(mediaBase, row.avatarMediaId),
    email,
    status: isSuspended(row, now) ? 'suspended' : 'active',
    createdAt: createdAt.toISOString(),
  };
}

function presentSuspension(
  account: Pick<AccountView, 'suspendedAt' | 'suspendedUntil' | 'suspensionReason'>,
  now: Date,
): Schemas['Suspension'] | null {
  const { suspendedAt, suspendedUntil, suspensionReason } = account;
  if (suspendedAt === null || !isSuspended(account, now)) return null;
  return {
    reason: suspensionReason ?? '',
    since: suspendedAt.toISOString(),
    until: suspendedUntil?.toISOString() ?? null,
  };
}
