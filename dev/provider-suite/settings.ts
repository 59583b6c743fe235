import { integer, optional, readEnv, text, url, withDefault } from '../../platform/env.ts';

export interface SuiteSettings {
  url: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  institutionId: string | undefined;
  patienceMs: number;
  /** Where the provider's webhooks arrive, when it reaches this machine. */
  webhookPort: number | undefined;
  webhookSecrets: string[];
}

/** The address from the command line, the rest from the environment. */
export function readSettings([address]: string[], env: NodeJS.ProcessEnv): SuiteSettings {
  const values = readEnv(
    { ...env, PROVIDER_URL: address ?? env['PROVIDER_URL'] },
    {
      PROVIDER_URL: url(),
      PROVIDER_CLIENT_ID: text(),
      PROVIDER_CLIENT_SECRET: text(),
      PROVIDER_REDIRECT_URI: url(),
      SUITE_INSTITUTION_ID: optional(text()),
      SUITE_PATIENCE_SECONDS: withDefault(integer({ min: 1, max: 86_400 }), 60),
      SUITE_WEBHOOK_PORT: optional(integer({ min: 1, max: 65_535 })),
      SUITE_WEBHOOK_SECRETS: withDefault(text(), ''),
    },
  );
  return {
    url: values.PROVIDER_URL,
    clientId: values.PROVIDER_CLIENT_ID,
    clientSecret: values.PROVIDER_CLIENT_SECRET,
    redirectUri: values.PROVIDER_REDIRECT_URI,
    institutionId: values.SUITE_INSTITUTION_ID,
    patienceMs: values.SUITE_PATIENCE_SECONDS * 1000,
    webhookPort: values.SUITE_WEBHOOK_PORT,
    webhookSecrets: values.SUITE_WEBHOOK_SECRETS.split(',').filter((secret) => secret !== ''),
  };
}
