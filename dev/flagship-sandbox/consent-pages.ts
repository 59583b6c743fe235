import express from 'express';
import type { Express, Response } from 'express';
import { approveConsent, denyConsent, findRequest } from './consents.ts';
import type { ConsentRequest } from './consents.ts';
import { findInstitution, institutions } from './institutions.ts';
import type { SandboxInstitution } from './institutions.ts';
import { html, sendPage, stylesheet } from './page.ts';
import type { Sandbox } from './sandbox.ts';
import { accountsOf } from './world.ts';

/** The pages where a person decides. Plain forms: they work without JavaScript, and a script can post them. */
export function mountConsentPages(app: Express, sandbox: Sandbox): void {
  app.get('/sandbox.css', (_request, response) => {
    response.type('css').send(stylesheet);
  });
  app.get('/authorize', (request, response) => {
    const asked = findRequest(sandbox, request.query['request']);
    const institution = findInstitution(asked?.consent.institutionId ?? textOf(request.query['institution']));
    if (!asked) refuse(response);
    else if (institution) showAccounts(sandbox, response, asked, institution);
    else showInstitutions(response, asked);
  });
  app.post('/authorize', express.urlencoded({ extended: false, limit: '16kb' }), (request, response) => {
    const form = (request.body ?? {}) as Record<string, unknown>;
    const asked = findRequest(sandbox, form['request']);
    if (asked) decide(sandbox, response, asked, form);
    else refuse(response);
  });
}

function decide(sandbox: Sandbox, response: Response, asked: ConsentRequest, form: Record<string, unknown>): void {
  const { consent } = asked;
  if (form['decision'] === 'deny') {
    response.redirect(303, denyConsent(sandbox, asked));
    return;
  }
  const institution = findInstitution(consent.institutionId ?? textOf(form['institution']));
  if (!institution) {
    refuse(response);
    return;
  }
  const chosen = [form['account']].flat();
  const accounts = accountsOf(sandbox, institution, consent.userReference).filter(({ id }) => chosen.includes(id));
  if (form['decision'] !== 'approve' || accounts.length === 0) {
    showAccounts(sandbox, response, asked, institution, 'Choose at least one account, or decline.');
    return;
  }
  response.redirect(
    303,
    approveConsent(
      sandbox,
      asked,
      institution.id,
      accounts.map(({ id }) => id),
    ),
  );
}

function showInstitutions(response: Response, { authorisation }: ConsentRequest): void {
  const links = institutions.map(
    ({ id, name, country }) =>
      html`<a class="bank" href="/authorize?request=${authorisation.request}&amp;institution=${id}"
        >${name} <small>${country}</small></a
      >`,
  );
  sendPage(response, 200, 'Choose your bank', html`${links}${denyForm(authorisation)}`, authorisation.redirectUri);
}

function showAccounts(
  sandbox: Sandbox,
  response: Response,
  { consent, authorisation, isRenewal }: ConsentRequest,
  institution: SandboxInstitution,
  hint = '',
): void {
  const isChosen = (id: string) => !isRenewal || consent.accountIds.includes(id);
  const rows = accountsOf(sandbox, institution, consent.userReference).map(
    ({ id, name, mask, currency }) =>
      html`<label
        ><input type="checkbox" name="account" value="${id}" ${isChosen(id) ? html`checked` : ''} />
        <span>${name}</span> <small>${currency} ····${mask}</small></label
      >`,
  );
  const content = html`
    ${isRenewal ? html`<p>You allowed this before. Turn back, and it stays as it is.</p>` : html``}
    <p>CLYNC asks to read balances and transactions, and to move money you ask it to move, for 90 days.</p>
    ${hint === '' ? html`` : html`<p role="alert">${hint}</p>`}
    <form method="post" action="/authorize">
      <input type="hidden" name="request" value="${authorisation.request}" />
      <input type="hidden" name="institution" value="${institution.id}" />
      ${rows}
      <div class="choices">
        <button name="decision" value="approve">Allow</button>
        <button name="decision" value="deny">${isRenewal ? 'Not now' : 'Decline'}</button>
      </div>
    </form>
  `;
  sendPage(response, hint === '' ? 200 : 422, institution.name, content, authorisation.redirectUri);
}

function denyForm({ request }: ConsentRequest['authorisation']) {
  return html`<form method="post" action="/authorize" class="choices">
    <input type="hidden" name="request" value="${request}" /><button name="decision" value="deny">Decline</button>
  </form>`;
}

function refuse(response: Response): void {
  sendPage(
    response,
    404,
    'Nothing to decide here',
    html`<p>This request was answered before, or is not known. Go back to the app and start again.</p>`,
  );
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
