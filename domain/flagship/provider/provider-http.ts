import got, { RequestError } from 'got';
import type { Response } from 'got';
import CircuitBreaker from 'opossum';
import { remainingMs } from '#platform/request-context';
import { ProviderError } from './provider.ts';

export interface ProviderRequest {
  method: string;
  /** Path and query, beginning with a slash. */
  target: string;
  headers: Record<string, string>;
  body?: string | undefined;
}
export interface ProviderAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
}
export interface ProviderHttp {
  /** Gives the 2xx answer. @throws ProviderError */
  send(request: ProviderRequest): Promise<ProviderAnswer>;
  close(): void;
}

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * HTTP to the provider: one try, a total deadline, a bound on calls at once, and a breaker (half of at least 5 calls
 * without a proper answer within 10 s open it; one call tries again after 2 s). The address is configuration, and
 * redirects are not followed, so that no answer can lead us elsewhere.
 */
export function createProviderHttp({ url, timeoutMs }: { url: string; timeoutMs: number }): ProviderHttp {
  const breaker = new CircuitBreaker((request: ProviderRequest) => exchange(url, timeoutMs, request), {
    timeout: false,
    capacity: 32,
    volumeThreshold: 5,
    errorThresholdPercentage: 50,
    rollingCountTimeout: 10_000,
    resetTimeout: 2_000,
    errorFilter: (error: unknown) => error instanceof ProviderError && error.kind === 'refused',
  });
  return {
    send: async (request) => {
      try {
        return await breaker.fire(request);
      } catch (cause) {
        throw cause instanceof ProviderError ? cause : new ProviderError('not_sent', 'shielded', { cause });
      }
    },
    close: () => {
      breaker.shutdown();
    },
  };
}

async function exchange(url: string, timeoutMs: number, request: ProviderRequest): Promise<ProviderAnswer> {
  const ms = Math.floor(remainingMs(timeoutMs));
  if (ms < 1) throw new ProviderError('not_sent', 'deadline_passed');
  const response = await got(`${url}${request.target}`, {
    method: request.method as 'GET',
    headers: request.headers,
    ...(request.body !== undefined && { body: request.body }),
    responseType: 'buffer',
    // got's own retry repeats PUT and DELETE on a 500, and its timeout would count each try.
    retry: { limit: 0 },
    timeout: { request: ms },
    followRedirect: false,
    throwHttpErrors: false,
  }).catch((cause: unknown) => {
    const code = cause instanceof RequestError ? cause.code : 'failed';
    throw new ProviderError(neverSent.has(code) ? 'not_sent' : 'unanswered', code, { cause });
  });
  if (response.statusCode < 200 || response.statusCode > 299) throw errorOf(response);
  return { status: response.statusCode, headers: response.headers, bytes: response.body };
}

function errorOf({ statusCode, body }: Response<Buffer>): ProviderError {
  if (statusCode < 400 || statusCode >= 500) return new ProviderError('unanswered', `status_${String(statusCode)}`);
  const { code = `status_${String(statusCode)}`, reason } = parseProblem(body);
  return new ProviderError('refused', code, reason === undefined ? {} : { reason });
}

function parseProblem(body: Buffer): { code?: string; reason?: string } {
  try {
    const { code, reason } = JSON.parse(body.toString()) as { code?: unknown; reason?: unknown };
    return { ...(typeof code === 'string' && { code }), ...(typeof reason === 'string' && { reason }) };
  } catch {
    return {};
  }
}
