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
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="refresh" content="0;url=${link}">
  <title>${title} – CLYNC</title>
</head>
<body>
  <main>
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a href="${link}">Back to the app</a></p>
  </main>
</body>
</html>
`;
}
