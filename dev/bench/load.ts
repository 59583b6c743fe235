import { Pool } from 'undici';

export interface Load {
  done: number;
  perSecond: number;
  /** Each visit's milliseconds. */
  latencies: number[];
}

/** Does `visit` a number of times with so many at once; stops early, with what was done, when the time is up. */
export async function runLoad(
  { clients, times, longestMs }: { clients: number; times: number; longestMs: number },
  visit: (turn: number) => Promise<void>,
): Promise<Load> {
  const started = performance.now();
  const latencies: number[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < times && performance.now() - started < longestMs) {
        const turn = next;
        next += 1;
        const begun = performance.now();
        await visit(turn);
        latencies.push(performance.now() - begun);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { done: latencies.length, perSecond: latencies.length / seconds, latencies };
}

export interface Answer {
  status: number;
  etag: string | undefined;
  body: Buffer;
}

/** Asks one server over kept-alive connections; anything but what is expected, which for `get` is 200 and 304, is an error. */
export interface Browser {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, headers: Record<string, string>, sent: { body: string; status: number }): Promise<void>;
  close(): Promise<void>;
}

export function createBrowser(url: string): Browser {
  const pool = new Pool(url, { connections: 96 });
  return {
    async get(path, headers = {}) {
      const response = await pool.request({ path, method: 'GET', headers });
      const body = Buffer.from(await response.body.arrayBuffer());
      const { statusCode: status } = response;
      if (status !== 200 && status !== 304) throw new Error(`${path} answered ${String(status)}: ${body.toString()}`);
      const { etag } = response.headers;
      return { status, etag: typeof etag === 'string' ? etag : undefined, body };
    },
    async post(path, headers, sent) {
      const json = { ...headers, 'content-type': 'application/json' };
      const response = await pool.request({ path, method: 'POST', headers: json, body: sent.body });
      const body = await response.body.text();
      if (response.statusCode !== sent.status)
        throw new Error(`${path} answered ${String(response.statusCode)}: ${body}`);
    },
    close: () => pool.destroy(),
  };
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}
