import { randomUUID } from 'node:crypto';
import { createServiceTokenIssuer } from '../../platform/service-token.ts';
import { loadSecrets } from '../stack/secrets.ts';
import type { Stack } from '../stack/stack.ts';

/** Staff warn a person, who then has a sanction. */
export async function warn({ endpoints }: Stack, devDir: string, userId: string): Promise<void> {
  const tokens = await createServiceTokenIssuer('bff-admin', loadSecrets(devDir).serviceKeys['bff-admin'].privateKey);
  const answer = await fetch(`${endpoints.urls['social'] ?? ''}/v1/accounts/${userId}/warnings`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tokens.issue('social', { staffId: 'somebody' })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ decisionId: randomUUID(), reason: 'A secret reason' }),
  });
  if (!answer.ok) throw new Error(`the warning was refused: ${String(answer.status)} ${await answer.text()}`);
}
