import type { ChaosContext } from '../scenario.ts';

/** What the sandbox has recorded of a transfer. */
export interface Recorded {
  status: string;
  createCalls: number;
}

/** The faults from now on; none but these. */
export async function setFaults(ctx: ChaosContext, faults: object): Promise<void> {
  const answer = await fetch(`${urlOf(ctx)}/sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(faults),
  });
  if (!answer.ok) throw new Error(`the sandbox refused the faults: ${await answer.text()}`);
}

/** Undefined when the request for it never had its effect. */
export async function findRecorded(ctx: ChaosContext, transferId: string): Promise<Recorded | undefined> {
  const answer = await fetch(`${urlOf(ctx)}/sandbox/transfers/${transferId}`);
  return answer.ok ? ((await answer.json()) as Recorded) : undefined;
}

function urlOf({ stack }: ChaosContext): string {
  return stack.endpoints.urls['flagship-sandbox'] ?? '';
}
