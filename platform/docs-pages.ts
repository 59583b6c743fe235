/** The text of the documentation pages: plain HTML, nothing from another host. */
import type { ProblemEntry } from './document.ts';
import { escapeHtml, htmlPage } from './html.ts';

/** One code of the catalogue: cause, fix, and whether to retry. */
export function problemPage(code: string, { status, title, cause, fix, retryable }: ProblemEntry): string {
  return htmlPage({
    title: `${title} – CLYNC problems`,
    body: `<p><a href="/problems">All problems</a></p>
<h1>${withCode(title)}</h1>
<p><code>${code}</code>, answered with HTTP status ${String(status)}.</p>
<dl>
<dt>Cause</dt><dd>${withCode(cause)}</dd>
<dt>What to do</dt><dd>${withCode(fix)}</dd>
<dt>Retry?</dt><dd>${retryable ? 'Yes: the same request can succeed later.' : 'No: the same request will be refused again.'}</dd>
</dl>`,
  });
}

/** The whole catalogue. */
export function problemListPage(problems: Record<string, ProblemEntry>): string {
  const rows = Object.entries(problems).map(
    ([code, { status, title }]) =>
      `<tr><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${String(status)}</td><td>${withCode(title)}</td></tr>`,
  );
  return htmlPage({
    title: 'CLYNC problems',
    body: `<h1>Problems</h1>
<p>Every error is <code>application/problem+json</code> (RFC 9457) with one of these codes.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`,
  });
}

/** The frame of Swagger UI. Without JavaScript it still says where the documents are. */
export function documentsPage(titles: string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CLYNC API documents</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<noscript><p>${titles.map(escapeHtml).join(', ')}: <a href="/openapi.json">openapi.json</a>, <a href="/problems">problems</a></p></noscript>
<div id="documents"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/swagger-ui-standalone-preset.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
}

/** Starts Swagger UI on the documents; its own validator badge would ask another host and is off. */
export function documentsScript(urls: { name: string; url: string }[]): string {
  return `window.ui = SwaggerUIBundle({
  urls: ${JSON.stringify(urls)},
  dom_id: '#documents',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;
}

function withCode(text: string): string {
  return escapeHtml(text).replace(/\`([^\`]+)\`/g, '<code>$1</code>');
}
