import type { operations } from '#openapi/social';
import { loadDocument } from '#platform/document';
import { createLogger } from '#platform/logger';
import type { Problem } from '#platform/problem';
import { createService } from '#platform/service';
import { createServiceSecurity } from '#platform/service-security';
import type { TrustedIssuers } from '#platform/service-token';
import { testSettings } from '#platform/testing/test-settings';

type Notice = operations['putNotice']['requestBody']['content']['application/json'];

/** Stands where social listens: checks each call by social's contract, and remembers what it was told. */
export async function startSocialRecorder(trust: TrustedIssuers) {
  const notices: ({ userId: string; noticeId: string } & Notice)[] = [];
  /** What it answers instead, once for each. */
  const refusals: Problem[] = [];
  const document = loadDocument('social');
  const path = '/v1/people/{userId}/notices/{noticeId}';

  const service = createService<Pick<operations, 'putNotice'>, unknown>({
    name: 'social-recorder',
    settings: testSettings(),
    document: { ...document, paths: { [path]: document.paths[path] ?? {} } },
    authenticators: { ...(await createServiceSecurity('social', trust)) },
    log: createLogger({ name: 'social-recorder', level: 'silent' }),
    handlers: {
      putNotice: ({ path: ids, body }) => {
        notices.push({ ...ids, ...body });
        const refusal = refusals.shift();
        if (refusal) throw refusal;
        return { status: 204 };
      },
    },
  });
  const { port } = await service.start();
  return { notices, refusals, url: `http://127.0.0.1:${String(port)}`, stop: () => service.stop() };
}
