import { createServiceTokenIssuer } from '../service-token.ts';
import type { ActsFor } from '../service-token.ts';
import type { Document } from '../document.ts';
import type { ServiceKey } from './service-keys.ts';
import { createTestClient } from './test-client.ts';
import type { TestClient } from './test-client.ts';

/**
 * A client of a domain service under test, which signs its calls as `issuer` does:
 * `client.getPost({ as: { userId }, path: { postId } }).expect(200)`. Give a text as `as` to send it as the token.
 */
export async function createServiceTestClient<Operations>(options: {
  app: Parameters<typeof createTestClient>[0];
  document: Document;
  /** The service's own name. */
  audience: string;
  issuer: string;
  key: ServiceKey;
}): Promise<TestClient<Operations, ActsFor | string>> {
  const tokens = await createServiceTokenIssuer(options.issuer, options.key.privateKey);
  return createTestClient(options.app, options.document, async (as: ActsFor | string) => ({
    authorization: `Bearer ${typeof as === 'string' ? as : await tokens.issue(options.audience, as)}`,
  }));
}
