import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { Mails } from './mails.ts';

const bytesAtMost = 5 * 1024 * 1024;

/** Takes every mail, from anybody and for anybody, without encryption; for this machine alone. */
export function createSmtpServer(mails: Mails): SMTPServer {
  return new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: bytesAtMost,
    logger: false,
    onData(stream, session, callback) {
      const to = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
      buffer(stream)
        .then((raw) => mails.add(raw, to))
        .then(
          () => {
            callback();
          },
          (error: unknown) => {
            callback(error instanceof Error ? error : new Error('the mail could not be read'));
          },
        );
    },
  });
}
