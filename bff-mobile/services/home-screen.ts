import type { components } from '#openapi/bff-mobile';
import { problemOf } from '#platform/errors';
import type { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import { nothingToServe } from '../errors.ts';
import { failed, ok, screenTag, stale } from '../helpers/section.ts';
import type { Section } from '../helpers/section.ts';

type Schemas = components['schemas'];

// The screen has 800 ms. Flagship has less, because the last known balances can stand in for its answer.
const domainMs = 700;
const flagshipMs = 250;

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
  if (!social.answer && !financial.answer && !flagship.answer) throw nothingToServe();

  const now = ctx.clock.now();
  const people = social.answer?.raw?.members();
  const money = financial.answer?.raw?.members();
  const sections = {
    profile: people ? ok(people.profile, now) : failed(social.retryAfterSeconds),
    feed: people ? ok(people.feed, now) : failed(social.retryAfterSeconds),
    pockets: money ? ok(money.pockets, now) : failed(financial.retryAfterSeconds),
    balances: balancesSection(flagship, money?.balances, now),
    notifications: people ? ok(people.notifications, now) : failed(social.retryAfterSeconds),
    announcements: ctx.announcements.section(),
  } satisfies { [Name in keyof Schemas['HomeScreen']['sections']]: Section<unknown> };
  return { screen: 'home' as const, generatedAt: now, sections, etag: screenTag(userId, sections) };
}

interface Attempt<Answer> {
  answer?: Answer;
  retryAfterSeconds: number;
}

/** Waits for a call; a failure that the caller may know of becomes a missing answer, a bug stays an error. */
async function attempt<Answer>(call: Promise<Answer>): Promise<Attempt<Answer>> {
  try {
    return { answer: await call, retryAfterSeconds: 0 };
  } catch (error) {
    const problem = problemOf(error);
    if (problem?.status !== 503) throw error;
    return { retryAfterSeconds: Number(problem.headers['Retry-After'] ?? 5) };
  }
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
