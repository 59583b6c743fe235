import express from 'express';
import type { Express, Response } from 'express';
import { approveConsent, denyConsent } from './consents.ts';
import { findInstitution, institutions } from './institutions.ts';
import type { SandboxInstitution } from './institutions.ts';
import { html, sendPage, stylesheet } from './page.ts';
import type { ConsentRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { accountsOf } from './world.ts';

/** The pages where a person decides. Plain forms: they work without JavaScript, and a script can post them. */
export function mountConsentPages(app: Express, sandbox: Sandbox): void {
  app.get('/sandbox.css', (_request, response) => {
    response.type('css').send(stylesheet);
  });
  app.get('/authorize', (request, response) => {
    const consent = findWaiting(sandbox, request.query['request']);
    const institution = findInstitution(consent?.institutionId ?? textOf(request.query['institution']));
    if (!consent) refuse(response);
    else if (institution) showAccounts(sandbox, response, consent, institution);
    else showInstitutions(response, consent);
  });
  app.post('/authorize', express.urlencoded({ extended: false, limit: '16kb' }), (request, response) => {
    const form = (request.body ?? {}) as Record<string, unknown>;
    const consent = findWaiting(sandbox, form['request']);
    if (consent) decide(sandbox, response, consent, form);
    else refuse(response);
  });
}

function decide(sandbox: Sandbox, response: Response, consent: ConsentRecord, form: Record<string, unknown>): void {
  if (form['decision'] === 'deny') {
    response.redirect(303, denyConsent(sandbox, consent));
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
    showAccounts(sandbox, response, consent, institution, 'Choose at least one account, or decline.');
    return;
  }
  response.redirect(
    303,
    approveConsent(
      sandbox,
      consent,
      institution.id,
      accounts.map(({ id }) => id),
    ),
  );
}

function showInstitutions(response: Response, consent: ConsentRecord): void {
  const links = institutions.map(
    ({ id, name, country }) =>
      html`<a class="bank" href="/authorize?request=${consent.request}&amp;institution=${id}"
        >${name} <small>${country}</small></a
      >`,
  );
  sendPage(response, 200, 'Choose your bank', html`${links}${denyForm(consent)}`, consent.redirectUri);
}

function showAccounts(
  sandbox: Sandbox,
  response: Response,
  consent: ConsentRecord,
  institution: SandboxInstitution,
  hint = '',
): void {
  const rows = accountsOf(sandbox, institution, consent.userReference).map(
    ({ id, name, mask, currency }) =>
      html`<label
        ><input type="checkbox" name="account" value="${id}" checked /> <span>${name}</span>
        <small>${currency} ····${mask}</small></label
      >`,
  );
  const content = html`
    <p>CLYNC asks to read balances and transactions, and to move money you ask it to move, for 90 days.</p>
    ${hint === '' ? html`` : html`<p role="alert">${hint}</p>`}
    <form method="post" action="/authorize">
      <input type="hidden" name="request" value="${consent.request}" />
      <input type="hidden" name="institution" value="${institution.id}" />
      ${rows}
      <div class="choices">
        <button name="decision" value="approve">Allow</button>
        <button name="decision" value="deny">Decline</button>
      </div>
    </form>
  `;
  sendPage(response, hint === '' ? 200 : 422, institution.name, content, consent.redirectUri);
}

function denyForm(consent: ConsentRecord) {
  return html`<form method="post" action="/authorize" class="choices">
    <input type="hidden" name="request" value="${consent.request}" /><button name="decision" value="deny">
      Decline
    </button>
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

/** A page is good until the person has decided. */
function findWaiting({ store }: Sandbox, request: unknown): ConsentRecord | undefined {
  return store
    .list('consent')
    .find((consent) => consent.request === request && consent.status === 'awaiting_authorisation');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
