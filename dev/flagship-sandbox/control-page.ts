import express from 'express';
import type { Express, Request, RequestHandler } from 'express';
import { Problem } from '#platform/problem';
import { doWhatIsDue } from './due.ts';
import type { FaultSettings } from './faults.ts';
import { html, sendPage } from './page.ts';
import type { Sandbox } from './sandbox.ts';
import { isoTime } from './sandbox-clock.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { runScenario, scenarios } from './scenarios/scenarios.ts';
import { transactionsOf } from './transactions.ts';

const shown = 12;
const fractions = ['errorRate', 'hangRate', 'rateLimitRate', 'dropWebhooks'] as const;
const counts = ['latencyMs', 'duplicateWebhooks', 'pageSize'] as const;
const switches = ['shuffleWebhooks', 'stallTransfers'] as const;

/** Every control on one page of plain forms: what is at the bank now, and what may happen to it. */
export function mountControlPage(app: Express, sandbox: Sandbox): void {
  const form = [assertOwnPage, express.urlencoded({ extended: false, limit: '16kb' })];
  const fieldsOf = (request: Request) => (request.body ?? {}) as Record<string, string | undefined>;

  app.get('/sandbox', (_request, response) => {
    sendPage(response, 200, 'Controls', html`${clockForm(sandbox)}${faultForm(sandbox)}${scenarioForms(sandbox)}`);
  });
  app.post('/sandbox/page/clock', form, (request: Request, response: express.Response) => {
    const days = Number(fieldsOf(request)['days']);
    if (!Number.isInteger(days) || days < 0 || days > 3_650) throw new Problem('invalid_request');
    sandbox.clock.advance(days * 86_400);
    doWhatIsDue(sandbox);
    response.redirect(303, '/sandbox');
  });
  app.post('/sandbox/page/faults', form, (request: Request, response: express.Response) => {
    sandbox.faults.set(readFaults(fieldsOf(request)));
    response.redirect(303, '/sandbox');
  });
  app.post('/sandbox/page/scenarios', form, (request: Request, response: express.Response) => {
    const { name = '', id = '' } = fieldsOf(request);
    const result = runScenario(sandbox, name, id);
    const back = html`<pre>${JSON.stringify(result, null, 2)}</pre>
      <p><a href="/sandbox">Back</a></p>`;
    sendPage(response, 200, name, back);
  });
}

/** Another site's page must not press the buttons here. */
const assertOwnPage: RequestHandler = (request, _response, next) => {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw new Problem('forbidden');
  next();
};

function readFaults(fields: Record<string, string | undefined>): Partial<FaultSettings> {
  const numbers = [...fractions, ...counts].map((name) => [name, Number(fields[name] ?? 0)] as const);
  const isWrong = numbers.some(([name, value]) => {
    const isFraction = fractions.some((fraction) => fraction === name);
    return !(value >= 0 && value <= (isFraction ? 1 : 60_000)) || (!isFraction && !Number.isInteger(value));
  });
  if (isWrong) throw new Problem('invalid_request', 'Rates go from 0 to 1; the others are whole numbers.');
  const flags = switches.map((name) => [name, fields[name] !== undefined] as const);
  return Object.fromEntries([...numbers, ...flags]) as Partial<FaultSettings>;
}

function clockForm({ clock }: Sandbox) {
  return html`<h2>Clock</h2>
    <p>${isoTime(clock.now())}</p>
    <form method="post" action="/sandbox/page/clock">
      <label><span>Days to go forward</span><input name="days" type="number" min="0" max="3650" value="1" /></label>
      <button>Advance</button>
    </form>`;
}

function faultForm({ faults: { settings } }: Sandbox) {
  const numbers = [...fractions, ...counts].map(
    (name) =>
      html`<label><span>${name}</span><input name="${name}" value="${settings[name]}" inputmode="decimal" /></label>`,
  );
  const flags = switches.map(
    (name) =>
      html`<label
        ><input type="checkbox" name="${name}" ${settings[name] ? html`checked` : ''} /><span>${name}</span></label
      >`,
  );
  return html`<h2>Faults</h2>
    <form method="post" action="/sandbox/page/faults">${numbers}${flags}<button>Set</button></form>`;
}

function scenarioForms(sandbox: Sandbox) {
  const subjects = listSubjects(sandbox);
  const forms = Object.entries(scenarios).map(
    ([name, { on, about }]) =>
      html`<h3>${name}</h3>
        <p>${about}</p>
        <form method="post" action="/sandbox/page/scenarios">
          <input type="hidden" name="name" value="${name}" />
          <label><span>The ${on}</span><input name="id" list="${on}" maxlength="64" required /></label>
          <button>Run</button>
        </form>`,
  );
  const lists = Object.entries(subjects).map(
    ([on, rows]) =>
      html`<datalist id="${on}">${rows.map(([id, label]) => html`<option value="${id}">${label}</option>`)}</datalist>`,
  );
  return html`<h2>Scenarios</h2>
    ${lists}${forms}`;
}

/** The newest of each kind, to choose from. */
function listSubjects(sandbox: Sandbox): Record<Scenario['on'], [id: string, label: string][]> {
  const { store } = sandbox;
  const accounts = store.list('account').slice(-shown);
  return {
    consent: store
      .list('consent')
      .slice(-shown)
      .map(({ id, status, institutionId }) => [id, `${status} ${institutionId ?? ''}`]),
    account: accounts.map(({ id, name, mask }) => [id, `${name} ${mask}`]),
    transaction: accounts.flatMap(({ id }) =>
      transactionsOf(sandbox, id)
        .slice(-3)
        .map((row): [string, string] => [row.id, `${row.description} ${row.bookedOn}`]),
    ),
    transfer: store
      .list('transfer')
      .slice(-shown)
      .map(({ id, status, direction }) => [id, `${direction} ${status}`]),
  };
}
