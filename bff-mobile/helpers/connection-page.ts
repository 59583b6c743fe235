import { htmlPage } from '#platform/html';

/** The page on which a person lands when the bank sends them back: it says how it went, and leads into the app. */
export function connectionPage({
  connectionId,
  status,
}: {
  connectionId: string;
  status: 'active' | 'rejected';
}): string {
  const link = `clync://connections/${encodeURIComponent(connectionId)}?status=${status}`;
  const [title, text] =
    status === 'active'
      ? ['Your bank is linked', 'Balances and transactions appear in CLYNC within a minute.']
      : ['Your bank is not linked', 'The bank said no, or you did. Nothing was shared; you can try again in the app.'];
  return htmlPage({
    title: `${title} – CLYNC`,
    head: `<meta http-equiv="refresh" content="0;url=${link}">\n`,
    body: `<h1>${title}</h1>\n<p>${text}</p>\n<p><a href="${link}">Back to the app</a></p>`,
  });
}
