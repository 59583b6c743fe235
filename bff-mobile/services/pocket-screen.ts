import type { components } from '#openapi/bff-mobile';
import type { components as financial } from '#openapi/financial';
import type { components as social } from '#openapi/social';
import type { Context } from '../context.ts';
import { profilesOf, withProfiles } from '../helpers/profiles.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['PocketScreen']['sections'];

const profilesMs = 250;

/** A pocket with everybody who saves in it, and who guards its lock: one batch of the money side, then one of social for the members' profiles. */
export async function getPocketScreen(
  ctx: Pick<Context, 'social' | 'financial' | 'clock'>,
  userId: string,
  pocketId: string,
) {
  const caller = { userId };
  const { answer, retryAfterSeconds } = await attempt(
    ctx.financial.getPocketScreen({ caller, path: { pocketId }, timeoutMs: domainMs - profilesMs }),
  );
  const parts = answer?.raw?.members();
  const members = parts?.members.parse();
  const guardianIds = parts ? guardiansOf(parts.pocket.parse()) : [];
  const people = await profilesOf(ctx, caller, {
    ids: [...guardianIds, ...(members?.items ?? []).map((member) => member.userId)],
    timeoutMs: profilesMs,
  });
  const now = ctx.clock.now();
  const known = members && withPeople(members, guardianIds, people.byId);
  return presentScreen<'pocket', Sections>(
    { name: 'pocket', userId, now },
    {
      pocket: fresh(parts?.pocket, now, retryAfterSeconds),
      plan: fresh(parts?.plan, now, retryAfterSeconds),
      members: withProfiles(known, now, { people, retryAfterSeconds }),
      movements: fresh(parts?.movements, now, retryAfterSeconds),
      rules: fresh(parts?.rules, now, retryAfterSeconds),
      history: fresh(parts?.history, now, retryAfterSeconds),
    },
  );
}

/** Who guards the lock of a pocket or is asked to: one person, or nobody. */
function guardiansOf({ lock }: financial['schemas']['Pocket']): string[] {
  return lock?.guardian ? [lock.guardian.userId] : [];
}

/** The members with their profiles, and the guardian's. */
function withPeople(
  members: financial['schemas']['PocketMembers'],
  [guardianId = '']: string[],
  known: Map<string, social['schemas']['Person']>,
) {
  const items = members.items.map((member) => ({ ...member, profile: known.get(member.userId) ?? null }));
  return { ...members, items, guardian: known.get(guardianId) ?? null };
}
