import type { JWK } from 'jose';
import { integer, readEnv, url, withDefault } from '#platform/env';
import { privateKey, privateKeys } from '#platform/env-keys';
import { processSettings, processVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';

export interface Config {
  settings: ProcessSettings;
  socialUrl: string;
  financialUrl: string;
  flagshipUrl: string;
  adminUrl: string;
  /** This process's private key for service tokens. */
  serviceTokenKey: JWK;
  /** Private keys of access tokens; the first signs, all are published, so that a key can be replaced without a sign-out. */
  userTokenKeys: JWK[];
  /** The sum, in whole units of its currency, above which a withdrawal needs the password again. */
  stepUpAboveUnits: number;
}

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, {
    ...processVariables,
    SOCIAL_URL: url(),
    FINANCIAL_URL: url(),
    FLAGSHIP_URL: url(),
    ADMIN_URL: url(),
    SERVICE_TOKEN_KEY: privateKey(),
    USER_TOKEN_KEYS: privateKeys(),
    STEP_UP_ABOVE_UNITS: withDefault(integer({ max: 1_000_000 }), 500),
  });
  return {
    settings: processSettings(values),
    socialUrl: values.SOCIAL_URL,
    financialUrl: values.FINANCIAL_URL,
    flagshipUrl: values.FLAGSHIP_URL,
    adminUrl: values.ADMIN_URL,
    serviceTokenKey: values.SERVICE_TOKEN_KEY,
    userTokenKeys: values.USER_TOKEN_KEYS,
    stepUpAboveUnits: values.STEP_UP_ABOVE_UNITS,
  };
}
