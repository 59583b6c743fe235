import { createHash } from 'node:crypto';
import { escapeHtml } from '#platform/html';
import { roles as everybody } from '../helpers/staff-caller.ts';
import type { Role, StaffCaller } from '../helpers/staff-caller.ts';

const style = `
:root { color-scheme: light dark; --ink: #1b2333; --paper: #fff; --back: #eef1f6; --line: #c5cede; --link: #0f5bd0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf3; --paper: #1b2333; --back: #11161f; --line: #3a4558; --link: #7fb0ff; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); margin: 0; }
main { max-width: 36rem; margin: 8vh auto; padding: 2rem; background: var(--paper); border-radius: 8px; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
a { color: var(--link); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0 0 1.5rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
li { margin: .35rem 0; }
input, button { font: inherit; padding: .5rem .8rem; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); color: inherit; }
button { cursor: pointer; }
form { margin: 1.5rem 0 0; }
`;
const styleHash = createHash('sha256').update(style).digest('base64');

/** The policy of the portal's pages: no script at all, this one style, and forms that lead here or to Azure AD's sign-out. */
export function pagePolicy(authority: string): string {
  return [
    `default-src 'none'`,
    `style-src 'sha256-${styleHash}'`,
    `form-action 'self' ${new URL(authority).origin}`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

/** Who is signed in, what they must look at, and where to go from here; the way to sign in for everybody else. */
export function landingPage(caller: StaffCaller | undefined, { brokenGlass }: { brokenGlass: number }): string {
  return page(
    caller ? alert(brokenGlass) + welcome(caller) : `<p>For staff. <a href="/auth/login">Sign in with Azure AD</a></p>`,
  );
}

const moderation: readonly Role[] = ['Admin', 'Moderator', 'Auditor'];
const books: readonly Role[] = ['FinanceOps', 'Auditor'];

/** Where to begin, by who may go there; each address is one of the contract. */
export const places: { path: string; label: string; rest?: string; roles: readonly Role[] }[] = [
  { path: '/v1/dashboard', label: 'The dashboard', rest: ', each figure with the way to its list', roles: everybody },
  { path: '/v1/users', label: 'People', rest: ', newest first', roles: everybody },
  { path: '/v1/reports', label: 'Reports', rest: ', the one that is due first before the others', roles: moderation },
  { path: '/v1/appeals', label: 'Appeals', roles: moderation },
  { path: '/v1/proposals', label: 'Proposals', rest: ' that wait for a second person, and what became of others', roles: ['Admin', 'FinanceOps', 'Auditor'] }, // prettier-ignore
  { path: '/v1/ledger/trial-balance', label: 'The trial balance', roles: books },
  { path: '/v1/reconciliation-breaks', label: 'Breaks', rest: ' between the books and the bank', roles: books },
  { path: '/v1/feature-flags', label: 'Feature flags', roles: everybody },
  { path: '/v1/audit-events', label: 'The audit log', rest: ', newest first', roles: ['Admin', 'Auditor'] },
  { path: '/v1/audit-events/verification', label: 'Check the audit log', rest: ' for lines that were changed', roles: ['Admin', 'Auditor'] }, // prettier-ignore
];

/** Somebody acted, or may act, alone in what this person could have approved. */
function alert(brokenGlass: number): string {
  if (brokenGlass === 0) return '';
  const what = brokenGlass === 1 ? 'Somebody has' : `${String(brokenGlass)} times somebody has`;
  return `<p role="alert"><strong>${what} broken the glass</strong> to act without a second person. <a href="/v1/break-glass?reviewed=false">Review it</a>.</p>
`;
}

function welcome({ name, oid, roles, csrfToken }: StaffCaller): string {
  const links = [
    ...places
      .filter((place) => roles.some((role) => place.roles.includes(role)))
      .map(({ path, label, rest = '' }) => `<li><a href="${path}">${label}</a>${rest}</li>`),
    `<li><a href="/docs">The documents of this API</a> (<a href="/openapi.json">OpenAPI</a>)</li>`,
  ].join('\n');
  const note =
    roles.length > 0
      ? ''
      : `<p>You have no role yet. Ask an administrator of Azure AD for one, then sign in again.</p>`;
  return `<dl>
<dt>Signed in as</dt><dd>${escapeHtml(name)}</dd>
<dt>Roles</dt><dd>${escapeHtml(roles.join(', ') || 'none')}</dd>
<dt>Object id</dt><dd>${escapeHtml(oid)}</dd>
</dl>
${note}
<ul>
${links}
</ul>
<form method="post" action="/sign-out">
<input type="hidden" name="csrfToken" value="${escapeHtml(csrfToken ?? '')}">
<button type="submit">Sign out</button>
</form>`;
}

function page(body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CLYNC portal</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>CLYNC portal</h1>
${body}
</main>
</body>
</html>
`;
}
