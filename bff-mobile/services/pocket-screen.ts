import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { profilesOf, withProfiles } from '../helpers/profiles.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['PocketScreen']['sections'];

const profilesMs = 250;

/** A pocket with everybody who saves in it: one batch of the money side, then one of social for the members' profiles. */
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
  const people = await profilesOf(ctx, caller, {
    ids: members?.items.map((member) => member.userId),
    timeoutMs: profilesMs,
  });
  const items = members?.items.map((member) => ({ ...member, profile: people.byId.get(member.userId) ?? null }));
  const now = ctx.clock.now();
  const known = members && { ...members, items };
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
