import { escapeHtml } from '#platform/html';
import type { Response } from 'express';

/** HTML that is safe to splice in. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
type Part = string | number | Html | Html[];

/** Escapes whatever is not HTML already: html`<b>${name}</b>`. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, index) => text + render(parts[index] ?? '')).join(''));
}

function render(part: Part): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map((item) => item.text).join('');
  return escapeHtml(String(part));
}

/** Sends a page without scripts. `redirectsTo` is where its form may lead, which browsers check on the redirect too. */
export function sendPage(response: Response, status: number, title: string, content: Html, redirectsTo?: string): void {
  const formAction = redirectsTo === undefined ? `'self'` : `'self' ${originOf(redirectsTo)}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="/sandbox.css" />
      </head>
      <body>
        <main>
          <p class="brand">Flagship sandbox</p>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `;
  response
    .status(status)
    .set(
      'Content-Security-Policy',
      `default-src 'none'; style-src 'self'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
    )
    .set('Cache-Control', 'no-store')
    .set('Referrer-Policy', 'no-referrer')
    .type('html')
    .send(page.text);
}

export const stylesheet = `
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #14213d; background: #eef2f7 }
main { max-width: 30rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: 12px; box-shadow: 0 2px 16px #14213d1a }
h1 { font-size: 1.4rem; margin: 0 0 1rem }
.brand { margin: 0 0 .5rem; color: #52627d; font-size: .85rem }
label, .bank { display: flex; gap: .75rem; align-items: center; padding: .75rem; margin: .5rem 0; border: 1px solid #d5dce8; border-radius: 8px }
.bank { color: inherit; text-decoration: none }
label span { flex: 1 }
small { color: #52627d }
button { font: inherit; padding: .7rem 1.4rem; border-radius: 8px; border: 1px solid #1d4ed8; background: #1d4ed8; color: #fff; cursor: pointer }
button[value=deny] { background: #fff; color: #1d4ed8 }
.choices { display: flex; gap: .75rem; margin-top: 1.25rem }
`;

function originOf(address: string): string {
  const { protocol, host, origin } = new URL(address);
  return origin === 'null' ? protocol : `${protocol}//${host}`;
}
