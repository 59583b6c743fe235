/** What a person does in the browser at the provider's consent page: the links and forms of plain HTML. */

/** Follows the page to the accounts of a bank and allows all of them; gives the address that leads back to CLYNC. */
export async function allowAtBank(authorizeUrl: string): Promise<string> {
  let url = authorizeUrl;
  let page = await readPage(url);
  const bank = /href="([^"]*institution=[^"]*)"/.exec(page)?.[1];
  if (bank !== undefined) {
    url = new URL(unescape(bank), url).href;
    page = await readPage(url);
  }
  const form = new URLSearchParams({ decision: 'approve' });
  for (const input of page.match(/<input[^>]*>/g) ?? []) {
    const [, name] = /name="([^"]*)"/.exec(input) ?? [];
    const [, value] = /value="([^"]*)"/.exec(input) ?? [];
    if (name !== undefined && value !== undefined) form.append(name, unescape(value));
  }
  const answer = await fetch(new URL('/authorize', url), { method: 'POST', body: form, redirect: 'manual' });
  const back = answer.headers.get('location');
  if (back === null) throw new Error(`the bank answered ${String(answer.status)}: ${await answer.text()}`);
  return back;
}

async function readPage(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the bank answered ${String(answer.status)}`);
  return answer.text();
}

function unescape(text: string): string {
  return text.replace(/&amp;/g, '&').replace(/&#(\d+);/g, (_entity, code: string) => String.fromCharCode(Number(code)));
}
