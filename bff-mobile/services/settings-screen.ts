import type { components } from '#openapi/bff-mobile';
import { RawJson, composeJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['SettingsScreen']['sections'];

/** What a person has set, and what is allowed to them. */
export async function getSettingsScreen(
  ctx: Pick<Context, 'social' | 'clock'>,
  userId: string,
  { stepUpAboveUnits }: { stepUpAboveUnits: number },
) {
  const { answer, retryAfterSeconds } = await attempt(
    ctx.social.getSettings({ caller: { userId }, timeoutMs: domainMs }),
  );
  const parts = answer?.raw?.members();
  const limits =
    parts && new RawJson<Sections['limits']['data']>(composeJson({ rates: parts.rates, stepUpAboveUnits }));
  const now = ctx.clock.now();
  return presentScreen<'settings', Sections>(
    { name: 'settings', userId, now },
    {
      account: fresh(parts?.account, now, retryAfterSeconds),
      devices: fresh(parts?.devices, now, retryAfterSeconds),
      privacy: fresh(parts?.privacy, now, retryAfterSeconds),
      limits: fresh(limits, now, retryAfterSeconds),
    },
  );
}
