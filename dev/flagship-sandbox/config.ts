import { integer, list, readEnv, text, url, withDefault } from '#platform/env';
import { processSettings, processVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';

export interface SandboxConfig {
  settings: ProcessSettings;
  /** Where browsers reach the consent pages. */
  publicUrl: string;
  /** The folder of the journal. */
  dataDir: string;
  /** The same seed makes the same banks, accounts and transactions. */
  seed: string;
  clientId: string;
  clientSecret: string;
  /** The addresses a consent may lead back to. */
  redirectUris: string[];
  webhookUrl: string;
  /** `whsec_…`; each delivery is signed with all of them. */
  webhookSecrets: string[];
  /** From the request to the settlement of a transfer, on the sandbox's clock. */
  settlementMs: number;
}

/** The only place of the sandbox that reads the environment. */
export function readConfig(env: NodeJS.ProcessEnv): SandboxConfig {
  const values = readEnv(env, {
    ...processVariables,
    SANDBOX_PUBLIC_URL: url(),
    SANDBOX_DATA_DIR: text(),
    SANDBOX_SEED: withDefault(text(), 'clync'),
    SANDBOX_CLIENT_ID: text(),
    SANDBOX_CLIENT_SECRET: text(),
    SANDBOX_REDIRECT_URIS: list(),
    SANDBOX_WEBHOOK_URL: url(),
    SANDBOX_WEBHOOK_SECRETS: list(),
    SANDBOX_SETTLEMENT_MS: withDefault(integer({ max: 86_400_000 }), 2_000),
  });
  return {
    settings: processSettings(values),
    publicUrl: values.SANDBOX_PUBLIC_URL,
    dataDir: values.SANDBOX_DATA_DIR,
    seed: values.SANDBOX_SEED,
    clientId: values.SANDBOX_CLIENT_ID,
    clientSecret: values.SANDBOX_CLIENT_SECRET,
    redirectUris: values.SANDBOX_REDIRECT_URIS,
    webhookUrl: values.SANDBOX_WEBHOOK_URL,
    webhookSecrets: values.SANDBOX_WEBHOOK_SECRETS,
    settlementMs: values.SANDBOX_SETTLEMENT_MS,
  };
}
