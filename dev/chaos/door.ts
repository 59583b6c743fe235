import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

/** One request, as the person `as`. */
export interface Request {
  as: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  key?: string;
  body?: object;
}

/** What came back. */
export interface Answer {
  /** 0 when the connection broke or nothing came in time: nobody knows what was done. */
  status: number;
  /** False when there was nobody to send it to: then nothing was done. */
  wasSent: boolean;
  contentType: string;
  replayed: boolean;
  body: AnswerBody;
  /** Milliseconds since some moment of this process, as `performance.now()` has it. */
  at: number;
}

/** The members that scenarios look at; a problem has a `code`. */
export interface AnswerBody {
  id?: string;
  code?: string;
  [member: string]: unknown;
}

/** A way to ask one process over HTTP, with nothing between that would hide what it answers. */
export interface Door {
  /** Sends once. Throws for nothing: a broken connection is an answer too. */
  send(request: Request): Promise<Answer>;
  /**
   * Sends again, the same request under the same key, until the answer decides: not lost, not 503, and not that the first
   * one is still running. `onAnswer` is told of every answer on the way.
   */
  untilDecided(request: Request, onAnswer?: (answer: Answer) => void): Promise<Answer>;
  close(): Promise<void>;
}

const longestMs = 120_000;

/** `credentials` gives the headers by which a person is known there. */
export function createDoor(url: string, credentials: (userId: string) => Promise<Record<string, string>>): Door {
  const pool = new Pool(url, { connections: 256, headersTimeout: 15_000, bodyTimeout: 15_000 });

  async function send({ as, method = 'POST', path, key, body }: Request): Promise<Answer> {
    const headers = {
      ...(await credentials(as)),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    try {
      const response = await pool.request({ method, path, headers, body: body ? JSON.stringify(body) : null });
      const text = await response.body.text();
      const contentType = String(response.headers['content-type'] ?? '');
      const replayed = response.headers['idempotency-replayed'] === 'true';
      return {
        status: response.statusCode,
        wasSent: true,
        contentType,
        replayed,
        body: parse(text),
        at: performance.now(),
      };
    } catch (error) {
      const { code: why, message } = error as NodeJS.ErrnoException;
      const body = { why: why ?? message };
      return {
        status: 0,
        wasSent: why !== 'ECONNREFUSED',
        contentType: '',
        replayed: false,
        body,
        at: performance.now(),
      };
    }
  }

  async function untilDecided(request: Request, onAnswer: (answer: Answer) => void = () => undefined): Promise<Answer> {
    const deadline = performance.now() + longestMs;
    for (;;) {
      const answer = await send(request);
      onAnswer(answer);
      if (isDecided(answer)) return answer;
      if (answer.at > deadline) throw new Error(`${request.path} was not decided: ${describeAnswer(answer)}`);
      await delay(10 + Math.random() * 40);
    }
  }

  return { send, untilDecided, close: () => pool.destroy() };
}

/** Whether it says, once and for all, what came of the request. */
export function isDecided({ status, body }: Answer): boolean {
  return status !== 0 && status !== 503 && body.code !== 'idempotency_in_flight';
}

/** For examples in the report. */
export function describeAnswer({ status, body }: Answer): string {
  return status === 0 ? `no answer: ${String(body['why'])}` : `${String(status)} ${body.code ?? JSON.stringify(body)}`;
}

function parse(text: string): AnswerBody {
  try {
    return JSON.parse(text) as AnswerBody;
  } catch {
    return { text };
  }
}
