import type { CallerKind } from '../caller.ts';
import { callersOf } from '../callers.ts';
import type { Document, OperationEntry } from '../document.ts';
import { createServiceTokenIssuer } from '../service-token.ts';
import type { ActsFor } from '../service-token.ts';
import type { ServiceKey } from './service-keys.ts';
import { createTestClient } from './test-client.ts';
import type { TestClient } from './test-client.ts';

/**
 * A client of a domain service under test: `client.getPost({ as: { userId }, path: { postId } }).expect(200)`. Each call is
 * signed by whom the contract names first for it, or by `issuer` when a test wants to be that process. Give a text as `as` to
 * send it as the token.
 */
export async function createServiceTestClient<Operations>(options: {
  app: Parameters<typeof createTestClient>[0];
  document: Document;
  /** The service's own name. */
  audience: string;
  /** Those of every process that may call. */
  keys: Record<string, ServiceKey>;
  issuer?: string | undefined;
}): Promise<TestClient<Operations, ActsFor | string>> {
  const { app, document, audience, keys, issuer } = options;
  const issuers = await Promise.all(
    Object.entries(keys).map(
      async ([name, key]) => [name, await createServiceTokenIssuer(name, key.privateKey)] as const,
    ),
  );
  const tokens = new Map(issuers);

  function tokenFor(as: ActsFor, entry: OperationEntry): Promise<string> | undefined {
    const [named = 'bff-mobile'] = callersOf(document, entry, kindOf(as));
    return tokens.get(issuer ?? named)?.issue(audience, as);
  }
  return createTestClient(app, document, async (as: ActsFor | string, entry) => ({
    authorization: `Bearer ${typeof as === 'string' ? as : String(await tokenFor(as, entry))}`,
  }));
}

function kindOf(as: ActsFor): CallerKind {
  if ('staffId' in as) return 'staff';
  return 'userId' in as ? 'member' : 'service';
}
