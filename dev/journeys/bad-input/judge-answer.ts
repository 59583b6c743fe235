import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { problems } from '#openapi/problems';
import type { Pool } from 'undici';
import { isProblemCode } from '../../../platform/problem.ts';
import type { Spoilt } from './bad-requests.ts';
import type { RawRequest } from './good-request.ts';

/** An answer that took longer was on its way to none, on a busy machine too. */
const longestMs = 15_000;

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  ms: number;
}

/** Sends the request as it is: nothing is encoded or followed. */
export async function send(pool: Pool, request: RawRequest): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await sendOnce(pool, request);
    // A screen whose parts need more than its 800 ms says so by its contract; the first of a process on a busy machine may.
    const isLate = answer.status === 503 && request.target.startsWith('/v1/screens/');
    if (!isLate || tries === 8) return answer;
    await delay(500);
  }
}

async function sendOnce(pool: Pool, { method, target, headers, body }: RawRequest): Promise<Answer> {
  const started = performance.now();
  const response = await pool.request({ method, path: target, headers, body: body ?? null });
  const text = await response.body.text();
  return { status: response.statusCode, headers: response.headers, text, ms: performance.now() - started };
}

interface ProblemBody {
  type?: unknown;
  title?: unknown;
  status?: unknown;
  detail?: unknown;
  instance?: unknown;
  code?: unknown;
  retryable?: unknown;
  errors?: { pointer?: string; parameter?: string; header?: string; message?: unknown }[];
}

/** What is wrong with a refusal: nothing, or one sentence. */
export function judgeRefusal(answer: Answer, { expected, place }: Pick<Spoilt, 'expected' | 'place'>): string[] {
  const { status, ms } = answer;
  const faults = [...judgeProblem(answer)];
  if (!expected.includes(status)) faults.push(`answered ${String(status)} and not ${expected.join(' or ')}`);
  if (ms > longestMs) faults.push(`took ${ms.toFixed(0)} ms`);
  const { code, errors = [] } = parse(answer.text);
  if (code === 'invalid_request' && place !== undefined && !errors.some((error) => names(error, place))) {
    faults.push(`names ${JSON.stringify(errors)} and not ${place}`);
  }
  return faults.map((fault) => `${fault}: ${answer.text.slice(0, 300)}`);
}

/** Whether a refusal is a problem of the catalogue in every member. */
export function judgeProblem({ status, headers, text }: Answer): string[] {
  if (status >= 500) return [`answered ${String(status)}`];
  if (status < 400) return [`answered ${String(status)}`];
  if (headers['content-type'] !== 'application/problem+json') return [`is ${String(headers['content-type'])}`];
  const body = parse(text);
  const { code, errors = [] } = body;
  if (!isProblemCode(code)) return ['has no code of the catalogue'];
  const { title, retryable } = problems[code];
  const told = { title: body.title, status: body.status, retryable: body.retryable, instance: body.instance };
  const right = { title, status, retryable, instance: headers['x-request-id'] };
  return [
    ...(isDeepStrictEqual(told, right) && problems[code].status === status ? [] : ['is not what the catalogue says']),
    ...(typeof body.type === 'string' && body.type.endsWith(`/problems/${code}`) ? [] : ['has no page']),
    ...(errors.every(({ message }) => typeof message === 'string') ? [] : ['has errors without a message']),
  ];
}

/** Whether an error names the place, something in it, or the object that it is missing from or too much in. */
function names({ pointer, parameter, header }: NonNullable<ProblemBody['errors']>[number], place: string): boolean {
  if (parameter !== undefined) return parameter === place;
  if (header !== undefined) return header.toLowerCase() === place.toLowerCase();
  const parent = place.slice(0, Math.max(0, place.lastIndexOf('/')));
  return pointer !== undefined && (pointer.startsWith(place) || pointer === parent);
}

function parse(text: string): ProblemBody {
  try {
    return JSON.parse(text) as ProblemBody;
  } catch {
    return {};
  }
}
