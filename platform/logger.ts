import { pino } from 'pino';
import type { DestinationStream, Logger, LoggerOptions } from 'pino';
import { presentError } from './error-facts.ts';
import { currentContext } from './request-context.ts';

export type { Logger } from 'pino';

/** Names whose values never reach a log line, at the top and one and two levels down. */
const secrets = ['authorization', 'cookie', 'password', 'refreshToken', 'accessToken', 'token', 'secret', 'email'];

/**
 * A logger of JSON lines on standard output, each with the process's name and the trace id of the request it belongs
 * to. ERROR means that someone must act; an expected failure is INFO.
 */
export function createLogger(
  { name, level = 'info' }: { name: string; level?: string },
  to?: DestinationStream,
): Logger {
  const options: LoggerOptions = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => {
      const traceId = currentContext()?.traceId;
      return traceId === undefined ? {} : { traceId };
    },
    redact: { paths: secrets.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`]), censor: '[redacted]' },
    serializers: { err: presentError },
  };
  return to ? pino(options, to) : pino(options);
}
