import got, { RequestError } from 'got';
import type { Response } from 'got';
import CircuitBreaker from 'opossum';
import { isPublicHost, lookupPublic, privateAddressCode } from '#platform/public-address';
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

export interface ProviderHttpOptions {
  url: string;
  timeoutMs: number;
  /** Whether the provider may be on a private network, as the sandbox is. */
  allowPrivateAddresses: boolean;
  /** Is told how each call ended (a refusal is an answer too), and what becomes of the breaker. */
  see?: ((call: 'success' | 'failure' | 'breaker', breaker: 'closed' | 'half_open' | 'open') => void) | undefined;
}

const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  privateAddressCode,
]);
/** Far above any page of the contract. */
const largestAnswer = 8 * 1024 * 1024;

/**
 * HTTP to the provider: one try, a total deadline, a bound on calls at once, and a breaker (half of at least 5 calls
 * without a proper answer within 10 s open it; one call tries again after 2 s). The address is configuration, its name
 * must not lead into a private network, and redirects are not followed, so that no answer can lead us elsewhere.
 */
export function createProviderHttp(options: ProviderHttpOptions): ProviderHttp {
  const { see } = options;
  const breaker = new CircuitBreaker((request: ProviderRequest) => exchange(options, request), {
    timeout: false,
    capacity: 32,
    volumeThreshold: 5,
    errorThresholdPercentage: 50,
    rollingCountTimeout: 10_000,
    resetTimeout: 2_000,
    errorFilter: (error: unknown) => error instanceof ProviderError && error.kind === 'refused',
  });
  const state = () => (breaker.opened ? 'open' : breaker.halfOpen ? 'half_open' : 'closed');
  breaker.on('success', () => see?.('success', state()));
  breaker.on('failure', () => see?.('failure', state()));
  for (const change of ['open', 'halfOpen', 'close'] as const) {
    breaker.on(change as 'open', () => see?.('breaker', state()));
  }
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

async function exchange(options: ProviderHttpOptions, request: ProviderRequest): Promise<ProviderAnswer> {
  const { url, timeoutMs, allowPrivateAddresses } = options;
  const ms = Math.floor(remainingMs(timeoutMs));
  if (ms < 1) throw new ProviderError('not_sent', 'deadline_passed');
  if (!allowPrivateAddresses && !isPublicHost(url)) throw new ProviderError('not_sent', privateAddressCode);
  const call = got(`${url}${request.target}`, {
    method: request.method as 'GET',
    headers: request.headers,
    ...(request.body !== undefined && { body: request.body }),
    responseType: 'buffer',
    // got's own retry repeats PUT and DELETE on a 500, and its timeout would count each try.
    retry: { limit: 0 },
    timeout: { request: ms },
    followRedirect: false,
    throwHttpErrors: false,
    ...(!allowPrivateAddresses && { dnsLookup: lookupPublic }),
  });
  void call.on('downloadProgress', ({ transferred }) => {
    if (transferred > largestAnswer) call.cancel('the answer is too large');
  });
  const response = await call.catch((cause: unknown) => {
    const code = cause instanceof RequestError ? cause.code : 'failed';
    // got's error holds the request, and with it tokens and secrets: only its words go on.
    const words = new Error(cause instanceof Error ? cause.message : 'unknown');
    throw new ProviderError(neverSent.has(code) ? 'not_sent' : 'unanswered', code, { cause: words });
  });
  if (response.statusCode < 200 || response.statusCode > 299) throw errorOf(response);
  return { status: response.statusCode, headers: response.headers, bytes: response.body };
}

/**
 * A 401, a 429 and a 501 say that nothing was done, whatever body comes with them. Any other refusal is the provider's own only
 * when it has a code: something in between, which may have passed the request on, knows none, and gives up with 408 and 425.
 */
function errorOf({ statusCode, headers, body }: Response<Buffer>): ProviderError {
  const { code, reason } = parseProblem(body);
  const because = reason === undefined ? {} : { reason };
  if (statusCode === 429) {
    return new ProviderError('refused', 'rate_limited', { retryAfterSeconds: secondsOf(headers['retry-after']) });
  }
  if (statusCode === 501) return new ProviderError('refused', 'capability_unavailable', because);
  if (statusCode === 401) return new ProviderError('refused', code ?? 'unauthenticated', because);
  const isRefusal = statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 425;
  if (!isRefusal || code === undefined) return new ProviderError('unanswered', `status_${String(statusCode)}`);
  return new ProviderError('refused', code, because);
}

/** `Retry-After` as seconds or as a date (RFC 9110); a minute where it says neither, and never longer than a day. */
function secondsOf(retryAfter: string | undefined): number {
  const said = retryAfter ?? '';
  const seconds = /^\d+$/.test(said) ? Number(said) : Math.ceil((Date.parse(said) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? 60 : Math.min(Math.max(seconds, 1), 86_400);
}

function parseProblem(body: Buffer): { code?: string; reason?: string } {
  try {
    const { code, reason } = JSON.parse(body.toString()) as { code?: unknown; reason?: unknown };
    return { ...(typeof code === 'string' && { code }), ...(typeof reason === 'string' && { reason }) };
  } catch {
    return {};
  }
}
