/** Stands where social and financial listen, for the little that leaving asks of them; checks each call by their contracts. */
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as SocialOperations } from '#openapi/social';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';

type Blockers = FinancialOperations['getClosingBlockers']['responses'][200]['content']['application/json']['blockers'];
type Session = SocialOperations['listSessions']['responses'][200]['content']['application/json']['items'][number];

export const effectiveAt = '2026-12-06T09:30:00.000Z';

export async function startLeavingRecorder() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const told = {
    blockers: [] as Blockers,
    sessions: [] as Session[],
    askedFor: [] as string[],
    closed: [] as string[],
  };

  const social = await startStandIn<Pick<SocialOperations, 'listSessions' | 'closeAccount'>>({
    name: 'social',
    trust,
    handlers: {
      listSessions: () => ({ status: 200, body: { items: told.sessions } }),
      closeAccount: ({ caller }) => {
        told.closed.push(caller.userId);
        return { status: 202, body: { effectiveAt } };
      },
    },
  });
  const financial = await startStandIn<Pick<FinancialOperations, 'getClosingBlockers'>>({
    name: 'financial',
    trust,
    handlers: {
      getClosingBlockers: ({ path }) => {
        told.askedFor.push(path.userId);
        return { status: 200, body: { blockers: told.blockers } };
      },
    },
  });
  return {
    told,
    behind: {
      socialUrl: social.url,
      financialUrl: financial.url,
      serviceTokenKey: keys['bff-mobile']?.privateKey ?? {},
    },
    stop: () => Promise.all([social.stop(), financial.stop()]),
  };
}
