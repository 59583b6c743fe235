import type { ChaosContext } from './scenario.ts';

/** A new person with a phone, who has an account on the social side too; their id. */
export async function registerSomebody({ stack, random }: ChaosContext): Promise<string> {
  const handle = `someone${String(random.below(1_000_000_000))}`;
  const response = await fetch(`${stack.endpoints.urls['bff-mobile'] ?? ''}/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${handle}@example.com`, password: `${handle}-has-a-password`, handle, displayName: handle }), // prettier-ignore
  });
  const body = (await response.json()) as { user?: { id: string } };
  if (!body.user) throw new Error(`the registration was refused: ${JSON.stringify(body)}`);
  return body.user.id;
}
