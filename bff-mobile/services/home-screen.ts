import type { components } from '#openapi/bff-mobile';
import type { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import { nothingToServe } from '../errors.ts';
import { balancesSection } from '../helpers/balances-section.ts';
import type { Phone } from '../helpers/phone.ts';
import { withPocketCards } from '../helpers/pocket-cards.ts';
import { attempt, cardsMs, domainMs, presentScreen } from '../helpers/screen.ts';
import type { Attempt } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';
import { announcementsSection } from './announcements.ts';

type Schemas = components['schemas'];

// Less than the others have, because the last known balances can stand in for flagship's answer.
const flagshipMs = 250;

/** The home screen of a person: one batch call to each domain service, in parallel. */
export async function getHomeScreen(
  ctx: Pick<Context, 'social' | 'financial' | 'flagship' | 'appState' | 'dismissals' | 'clock'>,
  userId: string,
  { feedLimit, phone }: { feedLimit?: number | undefined; phone: Phone },
) {
  const caller = { userId };
  const [social, financial, flagship, announcements] = await Promise.all([
    attempt(ctx.social.getHome({ caller, query: { feedLimit }, timeoutMs: domainMs })),
    attempt(ctx.financial.getHome({ caller, timeoutMs: domainMs })),
    attempt(ctx.flagship.listBalances({ caller, timeoutMs: flagshipMs })),
    announcementsSection(ctx, { userId, phone }),
  ]);
  // What everyone is told is no screen of a person's.
  if (!social.answer && !financial.answer && !flagship.answer) throw nothingToServe();

  const now = ctx.clock.now();
  const people = social.answer?.raw?.members();
  const feed = people && (await withPocketCards(ctx, { userId, timeoutMs: cardsMs }, people.feed));
  const money = financial.answer?.raw?.members();
  return presentScreen<'home', Schemas['HomeScreen']['sections']>(
    { name: 'home', userId, now },
    {
      profile: fresh(people?.profile, now, social.retryAfterSeconds),
      feed: fresh(feed, now, social.retryAfterSeconds),
      pockets: fresh(money?.pockets, now, financial.retryAfterSeconds),
      balances: balancesSection(
        { fresh: rawOf(flagship), lastKnown: money?.balances },
        { now, retryAfterSeconds: flagship.retryAfterSeconds },
      ),
      notifications: fresh(people?.notifications, now, social.retryAfterSeconds),
      marker: fresh(people?.marker, now, social.retryAfterSeconds),
      announcements,
    },
  );
}

function rawOf<T>({ answer }: Attempt<{ raw: RawJson<T> | undefined }>): RawJson<T> | undefined {
  return answer?.raw;
}
