import { port, readEnv, text, withDefault } from '#platform/env';

export interface MailboxConfig {
  /** Of the pages. */
  port: number;
  smtpPort: number;
  /** Where it listens. Its mails hold codes that open accounts: by default nobody beside this machine may read them. */
  host: string;
}

export function readConfig(env: NodeJS.ProcessEnv): MailboxConfig {
  const values = readEnv(env, {
    PORT: withDefault(port(), 4400),
    SMTP_PORT: withDefault(port(), 4425),
    HOST: withDefault(text(), '127.0.0.1'),
  });
  return { port: values.PORT, smtpPort: values.SMTP_PORT, host: values.HOST };
}
