import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { profilesOf, withProfiles } from '../helpers/profiles.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['PocketsScreen']['sections'];

const profilesMs = 250;

/** A person's pockets, and the invitations into others with who invites. */
export async function getPocketsScreen(ctx: Pick<Context, 'social' | 'financial' | 'clock'>, userId: string) {
  const caller = { userId };
  const { answer, retryAfterSeconds } = await attempt(
    ctx.financial.getPocketsScreen({ caller, timeoutMs: domainMs - profilesMs }),
  );
  const parts = answer?.raw?.members();
  const items = parts?.invitations.parse().items;
  const people = await profilesOf(ctx, caller, {
    ids: items?.map(({ inviterId }) => inviterId),
    timeoutMs: profilesMs,
  });
  const now = ctx.clock.now();
  const invitations = items && { items, people: [...people.byId.values()] };
  return presentScreen<'pockets', Sections>(
    { name: 'pockets', userId, now },
    {
      totals: fresh(parts?.totals, now, retryAfterSeconds),
      pockets: fresh(parts?.pockets, now, retryAfterSeconds),
      invitations: withProfiles(invitations, now, { people, retryAfterSeconds }),
    },
  );
}
