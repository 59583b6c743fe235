import { createTransport } from 'nodemailer';

export interface MailConfig {
  /** `smtp://` (with STARTTLS where the server offers it; `?requireTLS=true` insists) or `smtps://`, with user and password. */
  smtpUrl: string;
  /** The sender, as `Name <address>`. */
  from: string;
}

/** A mail as somebody reads it. */
export interface MailText {
  subject: string;
  text: string;
  html: string;
}

export interface Mailer {
  /** `refused`: the server says that it will never take mail for this address. Throws for what may pass. */
  send(to: string, mail: MailText): Promise<'sent' | 'refused'>;
  close(): void;
}

/** Sends mail over SMTP. Every wait has an end, so that a job does. */
export function createMailer({ smtpUrl, from }: MailConfig): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 2,
    maxRequeues: 1,
    dnsTimeout: 5_000,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 10_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(to, mail) {
      try {
        await transport.sendMail({ from, to, ...mail, headers: { 'Auto-Submitted': 'auto-generated' } });
        return 'sent';
      } catch (error) {
        const { code, responseCode, command, response } = error as SmtpError;
        if (command === 'RCPT TO' && isAddressRefused(response)) return 'refused';
        // Without a cause: the error of the library names the address, and ends in the log.
        throw new Error(`the mail could not be sent: ${code ?? 'unknown'} ${String(responseCode ?? '')}`.trim());
      }
    },
    close: () => {
      transport.close();
    },
  };
}

/** A permanent refusal (RFC 5321, section 4.2.1), unless for a policy (5.7.x of RFC 3463): that may be about us. */
function isAddressRefused(response = ''): boolean {
  return response.startsWith('5') && !/^\d{3}[ -]5\.7\./.test(response);
}

interface SmtpError {
  code?: string;
  responseCode?: number;
  /** What was answered so, and the answer. */
  command?: string;
  response?: string;
}
