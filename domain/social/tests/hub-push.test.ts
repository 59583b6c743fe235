/** The adapter for Azure Notification Hubs against a hub of our own making, over TLS, as the SDK speaks to it. */
import { createServer } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { createTestClock } from '#platform/testing/test-clock';
import { createHubPush } from '../services/push/hub-push.ts';
import type { PushPort } from '../services/push/push-port.ts';

interface Received {
  method: string | undefined;
  url: URL;
  headers: IncomingHttpHeaders;
  body: string;
}

const notificationId = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d90';
const clock = createTestClock(new Date('2026-11-22T09:30:00.000Z'));
let received: Received[];
/** What the hub answers next. */
let answer: { status: number; headers?: Record<string, string>; body?: string };
let server: ReturnType<typeof createServer>;
let push: PushPort;
let origin: string;

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, headers, url = '' } = request;
      received.push({ method, headers, url: new URL(url, origin), body: Buffer.concat(chunks).toString() });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const host = `localhost:${String((server.address() as AddressInfo).port)}`;
  origin = `https://${host}`;
  const connectionString = `Endpoint=sb://${host}/;SharedAccessKeyName=push;SharedAccessKey=c2VjcmV0`;
  const options = { tlsOptions: { ca: cert }, retryOptions: { maxRetries: 0 } };
  push = createHubPush({ connectionString, hubName: 'clync' }, clock, options);
});
beforeEach(() => {
  received = [];
  answer = { status: 201 };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const send = (platform: 'ios' | 'android') => push.send({ platform, token: 'token-of-a-phone', notificationId });
/** What the hub tells of a push; outcomes only where there are any. */
function telemetry(state: string, counts: string, name?: string): string {
  const outcome =
    name === undefined ? '' : `<${counts}><Outcome><Name>${name}</Name><Count>1</Count></Outcome></${counts}>`;
  return `<NotificationDetails xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"><NotificationId>7</NotificationId><State>${state}</State>${outcome}</NotificationDetails>`;
}

test('sends to an iPhone by its token, with a key that lets the next push replace it', async () => {
  answer = { status: 201, headers: { Location: `${origin}/clync/messages/7-8?api-version=2020-06` } };

  expect(await send('ios')).toEqual({ receipt: '7-8' });

  const [{ method, url, headers, body } = {} as Received] = received;
  expect([method, url.pathname, url.searchParams.get('direct')]).toEqual(['POST', '/clync/messages/', 'true']);
  expect(headers).toMatchObject({
    'servicebusnotification-format': 'apple',
    'servicebusnotification-devicehandle': 'token-of-a-phone',
    'apns-push-type': 'alert',
    'apns-collapse-id': 'clync',
    'apns-expiration': String(Date.parse('2026-11-23T09:30:00.000Z') / 1000),
  });
  expect(headers.authorization).toMatch(/^SharedAccessSignature /);
  expect(JSON.parse(body)).toEqual({
    aps: { alert: { title: 'CLYNC', body: 'There is something new for you.' }, sound: 'default' },
    notificationId,
  });
});

test('sends to an Android phone as FCM takes it', async () => {
  expect(await send('android')).toEqual({});

  const [{ headers, body } = {} as Received] = received;
  expect(headers).toMatchObject({
    'servicebusnotification-format': 'fcmv1',
    'servicebusnotification-devicehandle': 'token-of-a-phone',
  });
  expect(JSON.parse(body)).toEqual({
    message: {
      notification: { title: 'CLYNC', body: 'There is something new for you.' },
      data: { notificationId },
      android: { collapse_key: 'clync', ttl: '86400s', priority: 'high', notification: { tag: 'clync' } },
    },
  });
});

test('says that a device is gone when the hub does', async () => {
  answer = { status: 410 };

  expect(await send('ios')).toEqual({ outcome: 'unregistered' });
});

test.each([401, 403, 429, 500])('fails when the hub answers %i, so that the job comes again', async (status) => {
  answer = { status };

  await expect(send('android')).rejects.toMatchObject({ statusCode: status });
});

test.each([
  ['Completed', 'ApnsOutcomeCounts', 'Success', 'delivered'],
  ['Completed', 'ApnsOutcomeCounts', 'BadChannel', 'unregistered'],
  ['Completed', 'FcmV1OutcomeCounts', 'ExpiredChannel', 'unregistered'],
  ['Completed', 'ApnsOutcomeCounts', 'WrongToken', 'unregistered'],
  ['Completed', 'FcmV1OutcomeCounts', 'PnsUnavailable', 'delivered'],
  ['Processing', 'ApnsOutcomeCounts', undefined, undefined],
])('learns from %s, %s of %s, what became of a push: %s', async (state, counts, name, outcome) => {
  answer = { status: 200, headers: { 'Content-Type': 'application/xml' }, body: telemetry(state, counts, name) };

  expect(await push.findOutcome('7-8')).toBe(outcome);

  expect(received[0]?.url.pathname).toBe('/clync/messages/7-8');
});

test('asks again for what the hub does not know yet', async () => {
  answer = { status: 404 };

  expect(await push.findOutcome('7-8')).toBeUndefined();
});
