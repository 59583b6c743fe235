import { flag, integer, list, oneOf, port, url, withDefault } from './env.ts';
import type { readEnv } from './env.ts';

/** What every HTTP process is told in the same words. */
export interface ProcessSettings {
  port: number;
  metricsPort: number;
  logLevel: string;
  /** The public address of bff-mobile, where the problem pages are. */
  docsUrl: string;
  /** Checks our own answers against the contract: development and tests. */
  validateResponses: boolean;
  /** How long to go on serving after readiness turned 503, so that balancers notice. */
  drainMs: number;
  /** The proxies whose `X-Forwarded-*` are believed, as Express's `trust proxy` takes them. */
  trustedProxies: string[];
  /** How far the event loop may lag before work is refused; 400 when it is missing, without an end in tests, which share a busy machine. */
  maxLagMs?: number;
  /** How many requests may be worked on at once before more are refused; 400 when it is missing. */
  maxInFlight?: number;
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The variables behind `ProcessSettings`; spread them into a `readEnv` shape. */
export const processVariables = {
  PORT: port(),
  METRICS_PORT: port(),
  LOG_LEVEL: withDefault(oneOf(...levels), 'info'),
  DOCS_URL: url(),
  VALIDATE_RESPONSES: withDefault(flag(), false),
  DRAIN_MS: withDefault(integer({ max: 60_000 }), 0),
  TRUSTED_PROXIES: withDefault(list(), []),
};

/** What every worker is told in the same words: its only port is the private one. */
export const workerVariables = { METRICS_PORT: processVariables.METRICS_PORT, LOG_LEVEL: processVariables.LOG_LEVEL };

type ProcessValues = ReturnType<typeof readEnv<typeof processVariables>>;

/** The settings out of the values that `readEnv` read. */
export function processSettings(values: ProcessValues): ProcessSettings {
  return {
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    logLevel: values.LOG_LEVEL,
    docsUrl: values.DOCS_URL,
    validateResponses: values.VALIDATE_RESPONSES,
    drainMs: values.DRAIN_MS,
    trustedProxies: values.TRUSTED_PROXIES,
  };
}
