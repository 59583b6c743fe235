import type { components } from '#openapi/bff-mobile';
import { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import { balancesSection } from '../helpers/balances-section.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import { failed, fresh, ok, stale } from '../helpers/section.ts';
import type { Section } from '../helpers/section.ts';

type Sections = components['schemas']['MoneyScreen']['sections'];
type SafeToSpend = NonNullable<Sections['safeToSpend']['data']>;

/** A person's money at banks: one batch call to flagship and one to financial, in parallel. */
export async function getMoneyScreen(ctx: Pick<Context, 'financial' | 'flagship' | 'clock'>, userId: string) {
  const caller = { userId };
  const [financial, flagship] = await Promise.all([
    attempt(ctx.financial.getMoneyScreen({ caller, timeoutMs: domainMs })),
    attempt(ctx.flagship.getBankScreen({ caller, timeoutMs: domainMs })),
  ]);
  const now = ctx.clock.now();
  const money = financial.answer?.raw?.members();
  const banks = flagship.answer?.raw?.members();
  const sections = {
    connections: fresh(banks?.connections, now, flagship.retryAfterSeconds),
    accounts: balancesSection(
      { fresh: banks?.accounts, lastKnown: money?.accounts },
      { now, retryAfterSeconds: flagship.retryAfterSeconds },
    ),
    transactions: fresh(banks?.transactions, now, flagship.retryAfterSeconds),
    safeToSpend: spendSection(money?.safeToSpend, financial.retryAfterSeconds),
    transfers: fresh(money?.transfers, now, financial.retryAfterSeconds),
  };
  return presentScreen<'money', Sections>({ name: 'money', userId, now }, sections, {
    ...sections,
    safeToSpend: withoutTimes(sections.safeToSpend),
  });
}

/** As old as its oldest part, and stale as soon as one part is. */
function spendSection(part: RawJson<SafeToSpend> | undefined, retryAfterSeconds: number): Section<SafeToSpend> {
  if (part === undefined) return failed(retryAfterSeconds);
  const { asOf, stale: isStale } = part.members();
  return isStale.parse() ? stale(part, new Date(asOf.parse())) : ok(part, new Date(asOf.parse()));
}

/** As the ETag sees it: what is in the ledger is of this moment each time it is asked. The age of a bank's figure stands in `accounts`. */
function withoutTimes(section: Section<SafeToSpend>): Section<unknown> {
  if (section.status === 'unavailable' || !(section.data instanceof RawJson)) return section;
  const timeless = section.data.bytes.toString().replaceAll(/"(?:asOf|until)":"[^"]*"/g, '""');
  return { ...section, data: timeless };
}
