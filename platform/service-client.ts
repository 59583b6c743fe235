import { setTimeout as delay } from 'node:timers/promises';
import CircuitBreaker from 'opossum';
import { Pool } from 'undici';
import { createContractClient } from './contract-client.ts';
import type { ContractClient, HttpAnswer, HttpRequest } from './contract-client.ts';
import { startDeadline } from './deadline.ts';
import type { Document } from './document.ts';
import { Problem } from './problem.ts';
import { currentContext, remainingMs, traceparentOf, withOwnTime } from './request-context.ts';
import { createRetryBudget } from './retry-budget.ts';
import type { ActsFor, ServiceTokenIssuer } from './service-token.ts';
import { isFailureOf, NoAnswer, problemOfAnswer } from './upstream-problem.ts';

/** What each call says beside the contract's parts: for whom, and (rarely) a deadline of its own. */
export interface ServiceCall {
  caller: ActsFor;
  /** Milliseconds for this call with its retry, never more than what is left of the request's. */
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
// Who gives less time than this learns nothing of a service from its silence. Below what the parts of a screen have, so
// that a service that hangs is shielded by their calls too.
const fairMs = 200;

/**
 * A client of one of our own services, typed by its contract: `client.getPost({ caller: { userId }, path: { postId } })`.
 * Gives the 2xx reply; throws the service's own Problem for 4xx, and `upstream_unavailable` when it is down, too slow,
 * or shielded by the breaker (half of at least 5 calls failed within 10 s; one call tries it again every half second, so
 * that callers are served within a second after it is back). Only what the service did counts as its failure: no caller
 * who leaves, no time that was over or too short, and no crowd of calls of our own.
 */
export function createServiceClient<Operations>(options: ServiceClientOptions): {
  client: ServiceClient<Operations>;
  close(): Promise<void>;
} {
  const { audience, capacity = 128, retryReads = false } = options;
  const transport = createTransport({ ...options, capacity });
  const budget = createRetryBudget();
  const breaker = new CircuitBreaker(transport.send, {
    timeout: false,
    capacity,
    volumeThreshold: 5,
    errorThresholdPercentage: 50,
    rollingCountTimeout: 10_000,
    resetTimeout: 500,
    // What is filtered is a success to opossum, and would end the shield: there, what says nothing keeps it up.
    errorFilter: (error: unknown): boolean => (saysNothing(error) ? !breaker.halfOpen : !isFailureOf(error)),
  });

  async function fire(request: HttpRequest, call: ServiceCall & { timeoutMs: number }): Promise<HttpAnswer> {
    const send = () => breaker.fire(request, call);
    try {
      // The call that tries a shielded service is seen through even when its caller leaves: it decides for everybody.
      return await (breaker.halfOpen ? withOwnTime(call.timeoutMs, send) : send());
    } catch (error) {
      throw error instanceof Problem ? error : refusedHere(audience, error);
    }
  }

  async function exchange(request: HttpRequest, call: ServiceCall): Promise<HttpAnswer> {
    const until = Date.now() + remainingMs(call.timeoutMs ?? longestMs);
    const attempt = () => fire(request, { ...call, timeoutMs: until - Date.now() });
    budget.deposit();
    try {
      return await attempt();
    } catch (error) {
      const isTransient = error instanceof Problem && error.status === 503 && !saysNothing(error) && !breaker.opened;
      const mayRetry = retryReads && request.method === 'GET' && isTransient && until - Date.now() > 50;
      if (!mayRetry || !budget.withdraw()) throw error;
      await delay(5 + Math.random() * 20);
      return attempt();
    }
  }

  return {
    client: createContractClient<Operations, ServiceCall>(options.document, exchange),
    close: async () => {
      breaker.shutdown();
      await transport.close();
    },
  };
}

/** Sends one request with its token, trace and deadline over a pool of kept-alive connections. */
function createTransport({ audience, url, issuer, capacity }: ServiceClientOptions & { capacity: number }) {
  const pool = new Pool(url, { connections: capacity, keepAliveTimeout: 30_000, connect: { timeout: 1_000 } });

  async function headersOf(request: HttpRequest, call: ServiceCall, ms: number): Promise<Record<string, string>> {
    const traceId = currentContext()?.traceId;
    return {
      ...request.headers,
      authorization: `Bearer ${await issuer.issue(audience, call.caller)}`,
      'x-request-timeout-ms': String(Math.floor(ms)),
      ...(traceId !== undefined && { traceparent: traceparentOf(traceId) }),
    };
  }

  async function send(request: HttpRequest, call: ServiceCall): Promise<HttpAnswer> {
    const ms = remainingMs(call.timeoutMs ?? longestMs);
    if (ms <= 0) throw new NoAnswer(audience, 'the deadline has passed', { saysNothing: true });
    const deadline = startDeadline(ms);
    try {
      const { method, target: path, body } = request;
      const headers = await headersOf(request, call, ms);
      const response = await pool.request({ path, method, headers, body: body ?? null, signal: deadline.signal });
      const bytes = Buffer.from(await response.body.arrayBuffer());
      const answer = { status: response.statusCode, headers: response.headers, bytes };
      if (answer.status >= 400) throw problemOfAnswer(answer, audience);
      return answer;
    } catch (error) {
      if (error instanceof Problem) throw error;
      const callerLeft = currentContext()?.signal.aborted === true;
      const hadNoTime = deadline.signal.aborted && ms < fairMs;
      const why = 'it is not reachable or too slow';
      throw new NoAnswer(audience, why, { cause: error, saysNothing: callerLeft || hadNoTime });
    } finally {
      deadline.done();
    }
  }

  return { send, close: () => pool.destroy() };
}

function isCrowded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESEMLOCKED';
}

function saysNothing(error: unknown): boolean {
  return isCrowded(error) || (error instanceof NoAnswer && error.saysNothing);
}

/** What the breaker itself refused. */
function refusedHere(audience: string, cause: unknown): NoAnswer {
  return isCrowded(cause)
    ? new NoAnswer(audience, 'too many calls wait for it', { cause, saysNothing: true })
    : new NoAnswer(audience, 'it is shielded after failures', { cause });
}
