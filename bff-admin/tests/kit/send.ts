import got from 'got';
import type { Portal } from './portal.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface Answer<T> {
  status: number;
  /** Undefined when there is none. */
  body: T;
  headers: Record<string, string | string[] | undefined>;
}

interface Parts {
  json?: unknown;
  headers?: Record<string, string>;
}

/** Asks the portal as whoever holds the access token; whatever it answers is an answer. */
export async function send<T>(
  portal: Pick<Portal, 'url'>,
  token: string,
  method: Method,
  path: string,
  { json, headers }: Parts = {},
): Promise<Answer<T>> {
  const answer = await got(path, {
    prefixUrl: portal.url,
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(json !== undefined && { json }),
    throwHttpErrors: false,
    retry: { limit: 0 },
  });
  const body = (answer.body === '' ? undefined : JSON.parse(answer.body)) as T;
  return { status: answer.statusCode, body, headers: answer.headers };
}
