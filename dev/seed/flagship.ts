import type { operations } from '#openapi/flagship';
import { loadDocument } from '#platform/document';
import { createServiceClient } from '#platform/service-client';
import type { ServiceClient } from '#platform/service-client';
import type { ServiceTokenIssuer } from '#platform/service-token';
import { decideConsent } from '../flagship-sandbox/consent-form.ts';

export interface FlagshipSeed {
  /** Those who get a bank. */
  people: { id: string }[];
  flagshipUrl: string;
  /** Signs as bff-mobile. */
  issuer: ServiceTokenIssuer;
  log: (line: string) => void;
}
type Flagship = ServiceClient<operations>;

const linkedPeople = 40;
const atOnce = 8;
const syncedWithinMs = 20_000;
const banks = [
  'first-sandbox-bank',
  'harbour-sandbox-bank',
  'first-sandbox-bank',
  'quiet-sandbox-bank',
  'island-sandbox-bank',
];

/**
 * Links banks for the first 40 people by the real way: attempt, consent page, callback, sync. Who has a connection is
 * left alone, so it can be repeated. Resolves when the accounts have been read.
 */
export async function seedFlagship({ people, flagshipUrl, issuer, log }: FlagshipSeed): Promise<{ linked: number }> {
  const document = loadDocument('flagship');
  const flagship = createServiceClient<operations>({
    document,
    audience: 'flagship',
    url: flagshipUrl,
    issuer,
  });
  const waiting = people
    .slice(0, linkedPeople)
    .map(({ id }, index) => ({ userId: id, bank: banks[index % banks.length] ?? '' }));
  const linked: { userId: string; connectionId: string }[] = [];
  try {
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const connectionId = await linkBank(flagship.client, next.userId, next.bank);
          if (connectionId !== undefined) linked.push({ userId: next.userId, connectionId });
        }
      }),
    );
    for (const { userId, connectionId } of linked) await waitForSync(flagship.client, userId, connectionId);
  } finally {
    await flagship.close();
  }
  log(`banks linked for ${String(linked.length)} people`);
  return { linked: linked.length };
}

async function linkBank(client: Flagship, userId: string, institutionId: string): Promise<string | undefined> {
  const caller = { userId };
  const known = await client.listConnections({ caller, query: { limit: 1 } });
  if (known.body.items.length > 0) return undefined;
  const attempt = await client.createConnection({ caller, body: { institutionId } });
  const answer = await decideConsent(attempt.body.authorizeUrl);
  const { connectionId } = (await client.completeConnection({ caller: { service: true }, body: answer })).body;
  return connectionId;
}

async function waitForSync(client: Flagship, userId: string, connectionId: string): Promise<void> {
  const deadline = Date.now() + syncedWithinMs;
  for (;;) {
    const { body } = await client.getConnection({ caller: { userId }, path: { connectionId } });
    if (body.health.lastSuccessAt !== null) return;
    if (Date.now() > deadline) throw new Error(`the accounts of connection ${connectionId} were not read in time`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
