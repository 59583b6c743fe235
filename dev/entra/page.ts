import { escapeHtml } from '#platform/html';
import type { StaffMember } from './staff.ts';

interface People {
  staff: StaffMember[];
  /** Whoever is signed on in this browser. */
  signedOn: StaffMember | undefined;
}

/** The sign-in page: a plain form, no script. `request` carries the authorization request through the choice. */
export function signInPage(action: string, { staff, signedOn }: People, request: Record<string, string>): string {
  const { prompt: _shown, login_hint: _unknown, ...hidden } = request;
  const inputs = Object.entries(hidden)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('\n');
  const note = signedOn ? `<p>You are signed on as ${escapeHtml(signedOn.name)}.</p>` : '';
  const buttons = staff
    .map(
      ({ email, name, roles }) =>
        `<button type="submit" name="login_hint" value="${escapeHtml(email)}"><b>${escapeHtml(name)}</b>` +
        `<span>${escapeHtml(email)}</span><em>${escapeHtml(roles.join(', ') || 'no role')}</em></button>`,
    )
    .join('\n');
  return page(
    'Sign in',
    `<p>This stands in for Azure AD in development. Choose who you are.</p>
${note}
<form method="get" action="${escapeHtml(action)}">
${inputs}
${buttons}
</form>`,
  );
}

/** Hands a code to the portal by a posted form (`response_mode=form_post`); the button serves browsers without script. */
export function formPostPage(action: string, fields: Record<string, string>): string {
  const inputs = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('\n');
  return page(
    'Continue',
    `<form method="post" action="${escapeHtml(action)}">
${inputs}
<button type="submit">Continue</button>
</form>
<script>document.forms[0].submit()</script>`,
  );
}

/** The end of a sign-on; hidden frames tell those who should know. */
export function signedOutPage(frames: string[]): string {
  const hidden = frames.map((url) => `<iframe hidden src="${escapeHtml(url)}"></iframe>`).join('\n');
  return page('Signed out', `<p>You signed out of your account.</p>\n${hidden}`);
}

export function messagePage(title: string, message: string): string {
  return page(title, `<p>${escapeHtml(message)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; background: #eef1f6; color: #1b2333; margin: 0; }
main { max-width: 26rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: 8px; box-shadow: 0 2px 12px #0002; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
button { display: grid; grid-template-columns: 1fr auto; width: 100%; margin: .5rem 0; padding: .7rem 1rem; font: inherit;
  text-align: left; background: #fff; border: 1px solid #c5cede; border-radius: 6px; cursor: pointer; }
button:hover, button:focus-visible { border-color: #0f5bd0; background: #f3f7ff; }
button span { grid-row: 2; color: #5b667a; font-size: .9rem; }
button em { font-style: normal; color: #0f5bd0; }
</style>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</html>
`;
}
