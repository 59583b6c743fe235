import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { createMailbox } from '../mailbox.ts';
import type { Mailbox } from '../mailbox.ts';

let mailbox: Mailbox;
let url: string;
let smtpUrl: string;

beforeAll(async () => {
  mailbox = createMailbox({ port: 0, smtpPort: 0, host: '127.0.0.1' });
  const { port, smtpPort } = await mailbox.start();
  url = `http://127.0.0.1:${String(port)}`;
  smtpUrl = `smtp://127.0.0.1:${String(smtpPort)}`;
});
afterAll(() => mailbox.stop());

let people = 0;
let to: string;
beforeEach(() => {
  people += 1;
  to = `ada${String(people)}@example.com`;
});

async function send(mail: { to: string | string[]; subject?: string; text?: string; html?: string }): Promise<void> {
  const transport = createTransport({ url: smtpUrl });
  await transport.sendMail({ from: 'CLYNC <no-reply@clync.example>', subject: 'Hello', text: 'Hi', ...mail });
  transport.close();
}

async function read(path: string): Promise<{ status: number; text: string; policy: string }> {
  const response = await fetch(`${url}${path}`);
  return {
    status: response.status,
    text: await response.text(),
    policy: response.headers.get('content-security-policy') ?? '',
  };
}

test('shows what was sent, newest first', async () => {
  await send({ to, subject: 'First' });
  await send({ to, subject: 'Second', text: 'Zwölf Boxkämpfer' });
  const [second, first] = mailbox.mails.list(to);

  const list = await read('/');
  const one = await read(`/mails/${second?.id ?? ''}`);

  expect([second?.subject, first?.subject]).toEqual(['Second', 'First']);
  expect(list.text.indexOf('Second')).toBeLessThan(list.text.indexOf('First'));
  expect(list.text).toContain(`href="/mails/${second?.id ?? ''}"`);
  expect(one.text).toContain('Zwölf Boxkämpfer');
  expect(one.text).toContain('no-reply@clync.example');
});

test('finds the mails to an address, on the page and as JSON', async () => {
  await send({ to: [to, 'other@example.com'] });

  const page = await read(`/?to=${encodeURIComponent(to.toUpperCase())}`);
  const { items } = JSON.parse((await read(`/mails.json?to=${to}`)).text) as { items: { to: string[] }[] };

  expect(page.text).toContain(to);
  expect(items).toHaveLength(1);
  expect(items[0]?.to).toEqual([to, 'other@example.com']);
  expect((await read('/?to=nobody@example.com')).text).toContain('No mail.');
});

test('a mail cannot do anything to the page that shows it', async () => {
  await send({
    to,
    subject: '<script>x</script>',
    text: '</pre><script>y</script>',
    html: '<script>z</script><b>Hi</b>',
  });
  const [mail] = mailbox.mails.list(to);

  const pages = await Promise.all(['/', `/mails/${mail?.id ?? ''}`].map(read));
  const framed = await read(`/mails/${mail?.id ?? ''}/html`);

  for (const { text, policy } of pages) {
    expect(text).not.toContain('<script');
    expect(policy).toContain("script-src 'self'");
  }
  expect(framed.text).toContain('<b>Hi</b>');
  expect(framed.policy).toMatch(/^sandbox; default-src 'none'/);
});

test('says that a mail is not there', async () => {
  await send({ to, text: 'No HTML' });
  const [mail] = mailbox.mails.list(to);

  expect((await read('/mails/x')).status).toBe(404);
  expect((await read('/mails/x/html')).status).toBe(404);
  expect((await read(`/mails/${mail?.id ?? ''}/html`)).status).toBe(404);
  expect((await read('/readyz')).status).toBe(200);
});

test('takes many mails at once', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, at) => send({ to, subject: String(at) })));

  expect(new Set(mailbox.mails.list(to).map(({ subject }) => subject)).size).toBe(20);
});
