/** What the provider's redirect carries back. */
export interface ConsentAnswer {
  state: string;
  code?: string;
  error?: string;
}

/**
 * Decides on the consent pages as a browser without JavaScript does, for seeds and tests: at the first bank of the list
 * where none was chosen, with all its accounts. Gives the address that the provider redirects to.
 */
export async function followConsent(authorizeUrl: string, decision: 'approve' | 'deny' = 'approve'): Promise<string> {
  let page = await readPage(authorizeUrl);
  const bank = /href="([^"]*institution=[^"]*)"/.exec(page)?.[1];
  if (bank !== undefined) page = await readPage(new URL(unescape(bank), authorizeUrl).href);

  const fields = [...page.matchAll(/<input type="(?:hidden|checkbox)" name="(\w+)" value="([^"]*)"([^>]*)>/g)].filter(
    ([tag, , , rest = '']) => tag.includes('"hidden"') || rest.includes('checked'),
  );
  const form = new URLSearchParams(
    fields.map(([, name = '', value = '']): [string, string] => [name, unescape(value)]),
  );
  form.set('decision', decision);
  const answer = await fetch(new URL('/authorize', authorizeUrl), { method: 'POST', body: form, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`the consent page answered ${String(answer.status)} instead of a redirect`);
  return location;
}

/** The same, with what the redirect carries. */
export async function decideConsent(authorizeUrl: string, decision?: 'approve' | 'deny'): Promise<ConsentAnswer> {
  const { searchParams } = new URL(await followConsent(authorizeUrl, decision));
  return Object.fromEntries(searchParams) as unknown as ConsentAnswer;
}

async function readPage(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the consent page answered ${String(answer.status)}`);
  return answer.text();
}

function unescape(text: string): string {
  return text.replace(/&amp;/g, '&').replace(/&#(\d+);/g, (_entity, code: string) => String.fromCharCode(Number(code)));
}
