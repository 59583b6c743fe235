import PostalMime from 'postal-mime';
import { newId } from '#platform/ids';

/** A mail as it arrived. */
export interface Mail {
  id: string;
  receivedAt: string;
  from: string;
  /** Whom the envelope names, which is where the mail goes. */
  to: string[];
  subject: string;
  text: string;
  html: string | undefined;
}

/** The mails of this run, newest first. */
export interface Mails {
  add(raw: Buffer, to: string[]): Promise<void>;
  list(to?: string): Mail[];
  find(id: string): Mail | undefined;
}

/** Keeps the last `atMost` mails, in memory: a mailbox of a development machine starts empty. */
export function createMails(atMost = 500): Mails {
  let mails: Mail[] = [];
  return {
    async add(raw, to) {
      const { from, subject, text, html } = await PostalMime.parse(raw);
      const mail: Mail = {
        id: newId(),
        receivedAt: new Date().toISOString(),
        from: from?.address ?? '',
        to,
        subject: subject ?? '',
        text: text ?? '',
        html,
      };
      mails = [mail, ...mails].slice(0, atMost);
    },
    list: (to) => mails.filter((mail) => to === undefined || mail.to.includes(to.toLowerCase())),
    find: (id) => mails.find((mail) => mail.id === id),
  };
}
