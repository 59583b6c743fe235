/** Stands where social and financial listen, for the little that leaving asks of them; checks each call by their contracts. */
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as SocialOperations } from '#openapi/social';
import { loadDocument } from '#platform/document';
import type { Document } from '#platform/document';
import { createLogger } from '#platform/logger';
import { createService } from '#platform/service';
import { createServiceSecurity } from '#platform/service-security';
import { testSettings } from '#platform/testing/test-settings';
import { generateServiceKeys } from '#platform/testing/service-keys';
import type { Caller } from '#platform/caller';

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

  const social = createService<Pick<SocialOperations, 'listSessions' | 'closeAccount'>, Caller>({
    ...processOf('social', { '/v1/sessions': ['get'], '/v1/me/closure': ['post'] }),
    authenticators: await createServiceSecurity('social', trust),
    handlers: {
      listSessions: () => ({ status: 200, body: { items: told.sessions } }),
      closeAccount: ({ caller }) => {
        told.closed.push(caller.userId);
        return { status: 202, body: { effectiveAt } };
      },
    },
  });
  const financial = createService<Pick<FinancialOperations, 'getClosingBlockers'>, Caller>({
    ...processOf('financial', { '/v1/people/{userId}/closing-blockers': ['get'] }),
    authenticators: await createServiceSecurity('financial', trust),
    handlers: {
      getClosingBlockers: ({ path }) => {
        told.askedFor.push(path.userId);
        return { status: 200, body: { blockers: told.blockers } };
      },
    },
  });
  const [one, other] = await Promise.all([social.start(), financial.start()]);
  return {
    told,
    behind: {
      socialUrl: `http://127.0.0.1:${String(one.port)}`,
      financialUrl: `http://127.0.0.1:${String(other.port)}`,
      serviceTokenKey: keys['bff-mobile']?.privateKey ?? {},
    },
    stop: () => Promise.all([social.stop(), financial.stop()]),
  };
}

export function processOf(name: string, wanted: Record<string, string[]>) {
  return {
    name: `${name}-recorder`,
    settings: testSettings(),
    document: only(loadDocument(name), wanted),
    log: createLogger({ name: `${name}-recorder`, level: 'silent' }),
  };
}

function only(document: Document, wanted: Record<string, string[]>): Document {
  const paths = Object.entries(wanted).map(([path, methods]) => {
    const kept = Object.entries(document.paths[path] ?? {}).filter(([name]) =>
      [...methods, 'parameters'].includes(name),
    );
    return [path, Object.fromEntries(kept)];
  });
  return { ...document, paths: Object.fromEntries(paths) as Document['paths'] };
}
