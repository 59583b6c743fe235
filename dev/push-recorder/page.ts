import { escapeHtml, htmlPage } from '#platform/html';
import type { RecordedPush } from './recorder.ts';

const shownAtMost = 100;

/** What was pushed, newest first: a plain page that works without JavaScript. */
export function recorderPage(pushes: RecordedPush[], gone: ReadonlySet<string>): string {
  const rows = pushes
    .slice(-shownAtMost)
    .reverse()
    .map((push) => row(push, gone));
  const body = `<h1>Pushes</h1>
<p>What phones would have been shown, newest first; the payload is all of it. <a href="/pushes">As JSON</a></p>
${rows.length === 0 ? '<p>Nothing yet.</p>' : table(rows)}`;
  return htmlPage({ title: 'Push recorder', body });
}

function table(rows: string[]): string {
  return `<table>
<thead><tr><th>When</th><th>Device</th><th>Payload</th><th></th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function row({ platform, token, payload, at }: RecordedPush, gone: ReadonlySet<string>): string {
  const device = `${escapeHtml(platform)} <code title="${escapeHtml(token)}">${escapeHtml(token.slice(0, 12))}</code>`;
  const form = `<form method="post" action="/unregister"><input type="hidden" name="token" value="${escapeHtml(token)}"><button>Unregister</button></form>`;
  return `<tr><td>${escapeHtml(at)}</td><td>${device}</td><td><code>${escapeHtml(JSON.stringify(payload))}</code></td><td>${gone.has(token) ? 'unregistered' : form}</td></tr>`;
}
