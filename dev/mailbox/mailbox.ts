import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MailboxConfig } from './config.ts';
import { createMails } from './mails.ts';
import type { Mails } from './mails.ts';
import { createPages } from './pages.ts';
import { createSmtpServer } from './smtp.ts';

export interface Mailbox {
  mails: Mails;
  /** Both ports; 0 in the configuration takes free ones. */
  start(): Promise<{ port: number; smtpPort: number }>;
  stop(): Promise<void>;
}

/** Stands in for a mail server: takes what is sent by SMTP and shows it on pages. Nothing listens yet. */
export function createMailbox({ port, smtpPort, host }: MailboxConfig): Mailbox {
  const mails = createMails();
  const smtp = createSmtpServer(mails);
  const pages = createServer(createPages(mails));
  return {
    mails,
    async start() {
      const smtpListener = smtp.listen(smtpPort, host);
      pages.listen(port, host);
      await Promise.all([once(smtpListener, 'listening'), once(pages, 'listening')]);
      return { port: (pages.address() as AddressInfo).port, smtpPort: (smtpListener.address() as AddressInfo).port };
    },
    async stop() {
      pages.closeAllConnections();
      await Promise.all([closed(pages), closed(smtp)]);
    },
  };
}

function closed(server: { close(done: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => {
    server.close(resolve);
  });
}
