import http from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newId } from '../ids.ts';
import { currentContext } from '../request-context.ts';
import { waitFor } from '../testing/wait.ts';
import { createEchoService, settings } from './echo-service.ts';

const guarded = `/v1/echoes/${newId()}`;

let asked: AbortSignal | undefined;
let begun: string[] = [];
let proceed: () => void;
let held: Promise<void>;
const roomForOne = () =>
  createEchoService({
    internal: true,
    settings: { ...settings, maxInFlight: 1 },
    authenticators: {
      user: async () => {
        asked = currentContext()?.signal;
        await held;
        return 'ada';
      },
    },
    handlers: {
      createEcho: ({ body }) => ({ status: 201, body: { text: body.text } }),
      getEcho: () => {
        begun.push('getEcho');
        return { status: 200, body: { text: 'echo' } };
      },
      getOpen: async ({ signal }) => {
        asked = signal;
        await held;
        return { status: 200, body: { text: 'open' } };
      },
    },
  });
let service: ReturnType<typeof roomForOne>;
let base = '';

beforeEach(async () => {
  service = roomForOne();
  const { port } = await service.start();
  base = `http://127.0.0.1:${String(port)}`;
  asked = undefined;
  begun = [];
  held = new Promise((resolve) => {
    proceed = resolve;
  });
});
afterEach(async () => {
  proceed();
  await service.stop();
});

/** A caller who leaves while the process is busy with the call. */
async function hangUp(path: string): Promise<void> {
  const call = http.get(`${base}${path}`, { agent: false }).on('error', () => undefined);
  await waitFor('the call to arrive', () => asked);
  call.destroy();
  await waitFor('the process to notice', () => asked?.aborted);
}

test('work whose caller has left keeps its place until it has ended', async () => {
  await hangUp('/v1/open');

  const meanwhile = await fetch(`${base}/nowhere`);
  proceed();

  expect(meanwhile.status).toBe(503);
  expect(await meanwhile.json()).toMatchObject({ code: 'overloaded' });
  await waitFor('a free place', async () => (await fetch(`${base}/v1/open`)).ok);
});

test('work is not begun for a caller who has left', async () => {
  await hangUp(guarded);

  proceed();
  const another = await fetch(`${base}${guarded}`);

  expect(another.status).toBe(200);
  expect(begun).toHaveLength(1);
});

test('work is not begun when its time is over', async () => {
  const call = fetch(`${base}${guarded}`, { headers: { 'x-request-timeout-ms': '1' } });
  await waitFor('the call to arrive', () => asked);
  const arrived = Date.now();
  await waitFor('the end of its time', () => Date.now() > arrived + 1);
  proceed();

  const late = await call;

  expect(late.status).toBe(503);
  expect(await late.json()).toMatchObject({ code: 'overloaded' });
  expect(begun).toHaveLength(0);
});
