/** Stands where financial and flagship listen: checks each call by their contracts, and remembers who was forgotten. */
import type { operations as FinancialOperations } from '#openapi/financial';
import type { components, operations as FlagshipOperations } from '#openapi/flagship';
import { Problem } from '#platform/problem';
import type { TrustedIssuers } from '#platform/service-token';
import { startStandIn } from '#platform/testing/stand-in';

type Blockers = FinancialOperations['getClosingBlockers']['responses'][200]['content']['application/json']['blockers'];
type ExportRecord = components['schemas']['ExportRecord'];
type Wanted = 'getClosingBlockers' | 'erasePerson' | 'exportPerson';

/** A person forgotten under a pseudonym. */
interface Erased {
  userId: string;
  pseudonym: string;
}

const pageSize = 2;
const financialSections = [
  'pockets',
  'movements',
  'wallets',
  'entries',
  'transfers',
  'rules',
  'ruleRuns',
  'covers',
  'approvals',
  'invitations',
  'guardianships',
  'challenges',
  'preferences',
] as const;
const flagshipSections = ['connections', 'connectionHistory', 'accounts', 'transactions', 'learnedCategories'] as const;

export type MoneyRecorder = Awaited<ReturnType<typeof startMoneyRecorder>>;

/** The two services, and what a test says they hold. */
export async function startMoneyRecorder(trust: TrustedIssuers) {
  const state = {
    blockers: [] as Blockers,
    /** What erasePerson of financial refuses with, although it had nothing against it before. */
    lateBlockers: [] as Blockers,
    /** How often flagship fails from now on. */
    flagshipFailures: 0,
    /** How often the second page of an export fails from now on. */
    exportFailures: 0,
    records: {} as Record<string, ExportRecord[]>,
    erased: { financial: [] as Erased[], flagship: [] as Erased[] },
    asked: { blockers: 0, pages: 0 },
    /** What happens while financial looks for blockers. */
    meanwhile: () => Promise.resolve(),
  };

  const financial = await startStandIn<Pick<FinancialOperations, Wanted>>({
    name: 'financial',
    trust,
    handlers: {
      getClosingBlockers: async () => {
        state.asked.blockers += 1;
        await state.meanwhile();
        return { status: 200, body: { blockers: state.blockers } };
      },
      erasePerson: ({ path, body }) => {
        const blockers = state.lateBlockers;
        if (blockers.length > 0) throw new Problem('closing_blocked', undefined, { extensions: { blockers } });
        state.erased.financial.push({ userId: path.userId, pseudonym: body.pseudonym });
        return { status: 204 };
      },
      exportPerson: ({ query }) => ({ status: 200, body: pageOf(state, financialSections, query.cursor) }),
    },
  });
  const flagship = await startStandIn<Pick<FlagshipOperations, 'erasePerson' | 'exportPerson'>>({
    name: 'flagship',
    trust,
    handlers: {
      erasePerson: ({ path, body }) => {
        if (state.flagshipFailures > 0) {
          state.flagshipFailures -= 1;
          throw new Problem('database_unavailable');
        }
        state.erased.flagship.push({ userId: path.userId, pseudonym: body.pseudonym });
        return { status: 204 };
      },
      exportPerson: ({ query }) => ({ status: 200, body: pageOf(state, flagshipSections, query.cursor) }),
    },
  });
  return {
    state,
    financialUrl: financial.url,
    flagshipUrl: flagship.url,
    stop: () => Promise.all([financial.stop(), flagship.stop()]),
  };
}

/** One page: a cursor is the place of the section and of the record in it. */
function pageOf<Section extends string>(
  state: { records: Record<string, ExportRecord[]>; exportFailures: number; asked: { pages: number } },
  sections: readonly [Section, ...Section[]],
  cursor = '0 0',
) {
  state.asked.pages += 1;
  if (cursor !== '0 0' && state.exportFailures > 0) {
    state.exportFailures -= 1;
    throw new Problem('database_unavailable');
  }
  const [at = 0, from = 0] = cursor.split(' ').map(Number);
  const section = sections[at] ?? sections[0];
  const records = state.records[section] ?? [];
  const isLast = from + pageSize >= records.length;
  const next = isLast ? `${String(at + 1)} 0` : `${String(at)} ${String(from + pageSize)}`;
  const lengths = sections.map((name) => [name, state.records[name]?.length ?? 0] as const);
  return {
    section,
    items: records.slice(from, from + pageSize),
    nextCursor: isLast && at === sections.length - 1 ? null : next,
    counts: cursor === '0 0' ? (Object.fromEntries(lengths) as Record<Section, number>) : null,
  };
}
