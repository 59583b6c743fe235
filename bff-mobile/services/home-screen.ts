import type { components } from '#openapi/bff-mobile';
import type { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import { nothingToServe } from '../errors.ts';
import { withPocketCards } from '../helpers/pocket-cards.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import type { Attempt } from '../helpers/screen.ts';
import { failed, fresh, ok, stale } from '../helpers/section.ts';
import type { Section } from '../helpers/section.ts';

type Schemas = components['schemas'];

// Less than the others have, because the last known balances can stand in for flagship's answer.
const flagshipMs = 250;
const pocketsMs = 100;

/** The home screen of a person: one batch call to each domain service, in parallel. */
export async function getHomeScreen(
  ctx: Pick<Context, 'social' | 'financial' | 'flagship' | 'announcements' | 'clock'>,
  userId: string,
  { feedLimit }: { feedLimit?: number | undefined },
) {
  const caller = { userId };
  const [social, financial, flagship] = await Promise.all([
    attempt(ctx.social.getHome({ caller, query: { feedLimit }, timeoutMs: domainMs })),
    attempt(ctx.financial.getHome({ caller, timeoutMs: domainMs })),
    attempt(ctx.flagship.listBalances({ caller, timeoutMs: flagshipMs })),
  ]);
  // What everyone is told is no screen of a person's.
  if (!social.answer && !financial.answer && !flagship.answer) throw nothingToServe();

  const now = ctx.clock.now();
  const people = social.answer?.raw?.members();
  const feed = people && (await withPocketCards(ctx, { userId, timeoutMs: pocketsMs }, people.feed));
  const money = financial.answer?.raw?.members();
  return presentScreen<'home', Schemas['HomeScreen']['sections']>(
    { name: 'home', userId, now },
    {
      profile: fresh(people?.profile, now, social.retryAfterSeconds),
      feed: fresh(feed, now, social.retryAfterSeconds),
      pockets: fresh(money?.pockets, now, financial.retryAfterSeconds),
      balances: balancesSection(flagship, money?.balances, now),
      notifications: fresh(people?.notifications, now, social.retryAfterSeconds),
      marker: fresh(people?.marker, now, social.retryAfterSeconds),
      announcements: ctx.announcements.section(),
    },
  );
}

type Balances = Schemas['BankBalances'];

/** Fresh from flagship, or the last that financial was told, or nothing. `asOf` is the age of the oldest figure. */
function balancesSection(
  flagship: Attempt<{ raw: RawJson<Balances> | undefined }>,
  lastKnown: RawJson<Balances> | undefined,
  now: Date,
): Section<Balances> {
  const fresh = flagship.answer?.raw;
  if (fresh) return ok(fresh, ageOf(fresh, now));
  if (!lastKnown) return failed(flagship.retryAfterSeconds);
  return stale(lastKnown, ageOf(lastKnown, now), 30);
}

function ageOf(balances: RawJson<Balances>, now: Date): Date {
  const asOf = balances.members().asOf.parse();
  return asOf === null ? now : new Date(asOf);
}
