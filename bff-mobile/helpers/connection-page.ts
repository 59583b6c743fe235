import type { components } from '#openapi/flagship';
import { htmlPage } from '#platform/html';

type Outcome = components['schemas']['AttemptOutcome'];

const words: Record<Outcome, [title: string, text: string]> = {
  active: ['Your bank is linked', 'Balances and transactions appear in CLYNC within a minute.'],
  rejected: [
    'Your bank is not linked',
    'The bank said no, or you did. Nothing was shared; you can try again in the app.',
  ],
  unchanged: ['Your link stays as it was', 'It was not confirmed at the bank. You can do that later in the app.'],
};

/** The page on which a person lands when the bank sends them back: it says how it went, and leads into the app. */
export function connectionPage({ connectionId, status }: { connectionId: string; status: Outcome }): string {
  const link = `clync://connections/${encodeURIComponent(connectionId)}?status=${status}`;
  const [title, text] = words[status];
  return htmlPage({
    title: `${title} – CLYNC`,
    head: `<meta http-equiv="refresh" content="0;url=${link}">\n`,
    body: `<h1>${title}</h1>\n<p>${text}</p>\n<p><a href="${link}">Back to the app</a></p>`,
  });
}
