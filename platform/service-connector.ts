import type { JWK } from 'jose';
import { loadDocument } from './document.ts';
import { createServiceClient } from './service-client.ts';
import { createServiceTokenIssuer } from './service-token.ts';

interface ConnectorOptions {
  /** The name of the process that calls: the issuer of its tokens. */
  name: string;
  /** Its private key, `SERVICE_TOKEN_KEY`. */
  key: JWK;
  /** Tries a GET that failed a second time, within a budget: for the outermost caller alone. */
  retryReads?: boolean;
}

/**
 * Connects a process to others, under its own name: `connect<operations>('social', url)` gives the typed client of the
 * contract `openapi/social.yaml`, and what closes it.
 */
export async function createServiceConnector({ name, key, retryReads = false }: ConnectorOptions) {
  const issuer = await createServiceTokenIssuer(name, key);
  return function connect<Operations>(audience: string, url: string) {
    return createServiceClient<Operations>({ document: loadDocument(audience), audience, url, issuer, retryReads });
  };
}
