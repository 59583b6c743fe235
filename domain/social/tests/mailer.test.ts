import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { codeMail, tellingMail } from '../helpers/mail-texts.ts';
import { createMailer } from '../services/mailer.ts';
import type { Mailer } from '../services/mailer.ts';

const mail = tellingMail('password_changed');
let server: Server | undefined;
let mailer: Mailer | undefined;

afterEach(() => {
  mailer?.close();
  server?.close();
});

/** A mail server that answers each command as told; without an answer for one it says 250. */
async function serverThat(answers: Record<string, string>): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 mail.example\r\n');
    socket.on('data', (bytes) => {
      const command = bytes.toString().slice(0, 4).toUpperCase();
      socket.write(`${answers[command] ?? '250 fine'}\r\n`);
    });
  });
  server.unref();
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `smtp://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

function mailerAt(smtpUrl: string): Mailer {
  mailer = createMailer({ smtpUrl, from: 'CLYNC <no-reply@clync.example>' });
  return mailer;
}

test('says that a mailbox is not there', async () => {
  const at = mailerAt(await serverThat({ RCPT: '550 5.1.1 <ada@example.com>: no such mailbox' }));

  expect(await at.send('ada@example.com', mail)).toBe('refused');
});

test.each([
  ['a mailbox that is full for now', { RCPT: '452 4.2.2 <ada@example.com> is over quota' }],
  ['a host that is refused', { RCPT: '550 5.7.1 ada@example.com: your address is on a list' }],
  ['a sender that is refused', { MAIL: '550 5.7.1 no-reply@clync.example may not send to ada@example.com' }],
  ['a content that is refused', { DATA: '554 5.7.1 nothing for ada@example.com' }],
])('fails on %s, without naming anybody', async (_what, answers) => {
  const at = mailerAt(await serverThat(answers));

  const failure: unknown = await at.send('ada@example.com', mail).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(Error);
  expect(String(failure)).toMatch(/^Error: the mail could not be sent: E[A-Z]+ \d{3}$/);
  expect(JSON.stringify(Object.getOwnPropertyNames(failure)) + ((failure as Error).stack ?? '')).not.toMatch(
    /ada@|cause/,
  );
});

test('fails when nobody answers', async () => {
  const at = mailerAt('smtp://127.0.0.1:9');

  await expect(at.send('ada@example.com', mail)).rejects.toThrow(/^the mail could not be sent: E/);
});

test('every mail says the same as text and as HTML', () => {
  const mails = [
    codeMail('verification', '402518'),
    codeMail('password_reset', '402518'),
    tellingMail('password_changed'),
    tellingMail('email_change_requested'),
    tellingMail('email_changed'),
  ];

  for (const { text, html } of mails) {
    const shown = html.replace(/<(head|style).*?<\/\1>/gs, '').replace(/<[^>]+>/g, '\n'); // prettier-ignore
    const words = (from: string) => from.split(/\s+/).filter((word) => word !== '');
    expect(words(shown)).toEqual(words(text));
    expect(html).not.toMatch(/<(script|img|a)\b/);
  }
  expect(new Set(mails.map(({ subject }) => subject)).size).toBe(mails.length);
});
