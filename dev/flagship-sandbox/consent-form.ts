/** What the provider's redirect carries back. */
export interface ConsentAnswer {
  state: string;
  code?: string;
  error?: string;
}

/** Decides on the consent page as a browser without JavaScript does; for seeds and tests. */
export async function decideConsent(
  authorizeUrl: string,
  decision: 'approve' | 'deny' = 'approve',
): Promise<ConsentAnswer> {
  const page = await (await fetch(authorizeUrl)).text();
  const fields = [...page.matchAll(/<input type="(?:hidden|checkbox)" name="(\w+)" value="([^"]*)"/g)];
  const form = new URLSearchParams(fields.map(([, name = '', value = '']): [string, string] => [name, value]));
  form.set('decision', decision);
  const answer = await fetch(new URL('/authorize', authorizeUrl), { method: 'POST', body: form, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`the consent page answered ${String(answer.status)} instead of a redirect`);
  return Object.fromEntries(new URL(location).searchParams) as unknown as ConsentAnswer;
}
