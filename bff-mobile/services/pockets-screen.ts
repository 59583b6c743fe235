import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { profilesOf, withProfiles } from '../helpers/profiles.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['PocketsScreen']['sections'];

const profilesMs = 250;

/** A person's pockets, and what waits for their answer, with who asks. */
export async function getPocketsScreen(ctx: Pick<Context, 'social' | 'financial' | 'clock'>, userId: string) {
  const caller = { userId };
  const { answer, retryAfterSeconds } = await attempt(
    ctx.financial.getPocketsScreen({ caller, timeoutMs: domainMs - profilesMs }),
  );
  const parts = answer?.raw?.members();
  const waiting = parts?.invitations.parse();
  const people = await profilesOf(ctx, caller, {
    ids: waiting && [
      ...waiting.items.map(({ inviterId }) => inviterId),
      ...waiting.guardianships.map(({ ownerId }) => ownerId),
      ...waiting.challenges.map(({ creatorId }) => creatorId),
    ],
    timeoutMs: profilesMs,
  });
  const now = ctx.clock.now();
  const invitations = waiting && { ...waiting, people: [...people.byId.values()] };
  return presentScreen<'pockets', Sections>(
    { name: 'pockets', userId, now },
    {
      totals: fresh(parts?.totals, now, retryAfterSeconds),
      pockets: fresh(parts?.pockets, now, retryAfterSeconds),
      invitations: withProfiles(invitations, now, { people, retryAfterSeconds }),
    },
  );
}
