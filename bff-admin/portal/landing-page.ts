import { createHash } from 'node:crypto';
import { escapeHtml } from '#platform/html';
import type { StaffCaller } from '../helpers/staff-caller.ts';

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

/** Who is signed in and where to go from here; the way to sign in for everybody else. */
export function landingPage(caller: StaffCaller | undefined): string {
  return page(caller ? welcome(caller) : `<p>For staff. <a href="/auth/login">Sign in with Azure AD</a></p>`);
}

function welcome({ name, oid, roles, csrfToken }: StaffCaller): string {
  const may = (...allowed: string[]) => roles.some((role) => allowed.includes(role));
  const links = [
    ...(roles.length > 0 ? [`<li><a href="/v1/users">People</a>, newest first</li>`] : []),
    ...(may('Admin', 'Auditor')
      ? [
          `<li><a href="/v1/audit-events">The audit log</a>, newest first</li>`,
          `<li><a href="/v1/audit-events/verification">Check the audit log</a> for lines that were changed</li>`,
        ]
      : []),
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
