import express from 'express';
import type { Express, Response } from 'express';
import { escapeHtml, htmlPage, pagePolicy } from '#platform/html';
import type { Mail, Mails } from './mails.ts';

/** What a mail may do in its frame: show itself, and nothing else. */
const mailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/** The pages: the list, one mail, and the list as JSON for tests and scripts. They need no JavaScript. */
export function createPages(mails: Mails): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, response, next) => {
    response.set({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
    next();
  });
  app.get(['/livez', '/readyz'], (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/', (request, response) => {
    sendPage(response, 'Mailbox', listPage(mails.list(wordOf(request.query['to']))));
  });
  app.get('/mails.json', (request, response) => {
    response.json({ items: mails.list(wordOf(request.query['to'])) });
  });
  app.get('/mails/:mailId', (request, response) => {
    const mail = mails.find(request.params.mailId);
    if (mail) sendPage(response, mail.subject, mailPage(mail));
    else sendMissing(response);
  });
  app.get('/mails/:mailId/html', (request, response) => {
    const html = mails.find(request.params.mailId)?.html;
    if (html === undefined) sendMissing(response);
    else response.set('Content-Security-Policy', mailPolicy).type('html').send(html);
  });
  return app;
}

function sendPage(response: Response, title: string, body: string): void {
  response
    .set('Content-Security-Policy', `${pagePolicy}; frame-src 'self'`)
    .type('html')
    .send(htmlPage({ title, body: `<h1>${escapeHtml(title)}</h1>\n${body}` }));
}

function sendMissing(response: Response): void {
  response.status(404);
  sendPage(response, 'Not found', '<p>There is no such mail (any more). <a href="/">All mails</a></p>');
}

function listPage(mails: Mail[]): string {
  const rows = mails.map(
    ({ id, receivedAt, to, subject }) =>
      `<tr><td>${escapeHtml(receivedAt)}</td><td>${escapeHtml(to.join(', '))}</td>` +
      `<td><a href="/mails/${id}">${escapeHtml(subject)}</a></td></tr>`,
  );
  const table = `<table><tr><th>Received</th><th>To</th><th>Subject</th></tr>\n${rows.join('\n')}</table>`;
  return `<p>What CLYNC has sent since it was started; nothing leaves this machine.</p>
<form method="get" action="/"><label>To <input name="to" type="search"></label> <button type="submit">Find</button></form>
${rows.length === 0 ? '<p>No mail.</p>' : table}`;
}

function mailPage({ id, receivedAt, from, to, text, html }: Mail): string {
  const shown =
    html === undefined
      ? ''
      : `<p><iframe src="/mails/${id}/html" title="As HTML" width="100%" height="360"></iframe></p>`;
  return `<p><a href="/">All mails</a></p>
<dl><dt>From</dt><dd>${escapeHtml(from)}</dd><dt>To</dt><dd>${escapeHtml(to.join(', '))}</dd><dt>Received</dt><dd>${escapeHtml(receivedAt)}</dd></dl>
<pre>${escapeHtml(text)}</pre>
${shown}`;
}

/** A query parameter that was given once, and not empty. */
function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
