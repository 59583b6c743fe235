import { setTimeout as delay } from 'node:timers/promises';
import CircuitBreaker from 'opossum';
import { Pool } from 'undici';
import { createContractClient } from './contract-client.ts';
import type { ContractClient, HttpAnswer, HttpRequest } from './contract-client.ts';
import type { Document } from './document.ts';
import { isProblemCode, Problem } from './problem.ts';
import type { FieldError } from './problem.ts';
import { currentContext, remainingMs, traceparentOf } from './request-context.ts';
import { createRetryBudget } from './retry-budget.ts';
import type { ActsFor, ServiceTokenIssuer } from './service-token.ts';

/** What each call says beside the contract's parts: for whom, and (rarely) a deadline of its own. */
export interface ServiceCall {
  caller: ActsFor;
  /** Milliseconds for this call, never more than what is left of the request's. */
  timeoutMs?: number;
}

export type ServiceClient<Operations> = ContractClient<Operations, ServiceCall>;

interface ServiceClientOptions {
  document: Document;
  /** The service's name, which is the audience of its tokens. */
  audience: string;
  url: string;
  issuer: ServiceTokenIssuer;
  /** Tries a GET that failed a second time, within a budget: for the outermost caller alone. */
  retryReads?: boolean;
  /** Calls at once; more are refused at once. */
  capacity?: number;
}

const longestMs = 10_000;
const own503 = new Set(['upstream_unavailable', 'database_unavailable', 'overloaded', 'stopping']);

/**
 * A client of one of our own services, typed by its contract: `client.getPost({ caller: { userId }, path: { postId } })`.
 * Gives the 2xx reply; throws the service's own Problem for 4xx, and `upstream_unavailable` when it is down, too slow,
 * or shielded by the breaker (half of at least 5 calls failed within 10 s; tried again after 2 s).
 */
export function createServiceClient<Operations>(
  options: ServiceClientOptions,
): { client: ServiceClient<Operations>; close(): Promise<void> } {
  const { audience, issuer, capacity = 128 } = options;
  const pool = new Pool(options.url, { connections: capacity, keepAliveTimeout: 30_000, connect: { timeout: 1_000 } });
  const budget = createRetryBudget();
  const breaker = new CircuitBreaker((request: HttpRequest, call: ServiceCall) => send(request, call), {
    timeout: false,
    capacity,
    volumeThreshold: 5,
    errorThresholdPercentage: 50,
    rollingCountTimeout: 10_000,
    resetTimeout: 2_000,
    errorFilter: (error: unknown) => error instanceof Problem && error.status < 500,
  });

  async function send(request: HttpRequest, call: ServiceCall): Promise<HttpAnswer> {
    const ms = remainingMs(call.timeoutMs ?? longestMs);
    if (ms <= 0) throw unavailable('the deadline has passed');
    const { signal, done } = deadline(ms);
    try {
      const response = await pool.request({
        path: request.target,
        method: request.method as 'GET',
        headers: await headersOf(request, call, ms),
        body: request.body ?? null,
        signal,
      });
      const bytes = Buffer.from(await response.body.arrayBuffer());
      const answer = { status: response.statusCode, headers: response.headers, bytes };
      if (answer.status >= 400) throw problemOfAnswer(answer, audience);
      return answer;
    } catch (error) {
      throw error instanceof Problem ? error : unavailable('it cannot be reached or did not answer in time', error);
    } finally {
      done();
    }
  }

  async function headersOf(request: HttpRequest, call: ServiceCall, ms: number): Promise<Record<string, string>> {
    const traceId = currentContext()?.traceId;
    return {
      ...request.headers,
      authorization: `Bearer ${await issuer.issue(audience, call.caller)}`,
      'x-request-timeout-ms': String(Math.floor(ms)),
      ...(traceId !== undefined && { traceparent: traceparentOf(traceId) }),
    };
  }

  async function exchange(request: HttpRequest, call: ServiceCall): Promise<HttpAnswer> {
    budget.deposit();
    try {
      return await fire(request, call);
    } catch (error) {
      const mayRetry = options.retryReads === true && request.method === 'GET' && isTransient(error);
      if (!mayRetry || remainingMs(longestMs) < 50 || breaker.opened || !budget.withdraw()) throw error;
      await delay(5 + Math.random() * 20);
      return fire(request, call);
    }
  }

  async function fire(request: HttpRequest, call: ServiceCall): Promise<HttpAnswer> {
    try {
      return await breaker.fire(request, call);
    } catch (error) {
      throw error instanceof Problem ? error : unavailable('it is shielded after failures or has too many calls', error);
    }
  }

  function unavailable(why: string, cause?: unknown): Problem {
    return new Problem('upstream_unavailable', `${audience} did not answer: ${why}.`, { cause });
  }

  return {
    client: createContractClient<Operations, ServiceCall>(options.document, exchange),
    close: async () => {
      breaker.shutdown();
      await pool.destroy();
    },
  };
}

function isTransient(error: unknown): boolean {
  return error instanceof Problem && error.status === 503;
}

/** A signal that fires at the deadline or when the caller goes away, and leaves no listener or timer behind. */
function deadline(ms: number): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const caller = currentContext()?.signal;
  const abort = () => {
    controller.abort();
  };
  const timer = setTimeout(abort, ms);
  caller?.addEventListener('abort', abort, { once: true });
  if (caller?.aborted === true) abort();
  return {
    signal: controller.signal,
    done: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', abort);
    },
  };
}

/** The Problem in an answer; an answer that blames us (a refused service token) or itself (500) says "unavailable". */
function problemOfAnswer({ status, headers, bytes }: HttpAnswer, audience: string): Problem {
  const body = parseProblem(bytes);
  if (!isProblemCode(body.code) || body.code === 'unauthenticated' || (status >= 500 && !own503.has(body.code))) {
    return new Problem('upstream_unavailable', `${audience} answered ${String(status)}.`, { cause: body });
  }
  const { code, detail, errors, type: _type, title: _title, status: _status, instance: _instance, retryable: _retryable, ...extensions } = body;
  const retryAfter = headers['retry-after'];
  return new Problem(code, detail, {
    extensions,
    ...(errors && { errors }),
    ...(typeof retryAfter === 'string' && { headers: { 'Retry-After': retryAfter } }),
  });
}

function parseProblem(bytes: Buffer): { code?: unknown; detail?: string; errors?: FieldError[]; [extension: string]: unknown } {
  try {
    return JSON.parse(bytes.toString()) as { code?: unknown };
  } catch {
    return {};
  }
}
