import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '../ids.ts';
import { createEchoService } from './echo-service.ts';

const service = createEchoService();
const app = service.app;
const id = newId();
const bearer = { Authorization: 'Bearer ada' };

afterAll(() => service.stop());

function post(body: string | object, headers: Record<string, string> = {}) {
  return request(app)
    .post('/v1/echoes')
    .set({ ...bearer, 'Content-Type': 'application/json', ...headers })
    .send(body);
}

describe('a request that fits the contract', () => {
  test('reaches its handler with defaults filled in', async () => {
    const answer = await request(app).get(`/v1/echoes/${id}`).set(bearer);

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ text: `${id} 20` });
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f]{32}$/);
    expect(answer.headers['cache-control']).toBe('private, no-cache');
  });

  test('keeps the trace id that the caller sent', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

    const answer = await request(app).get('/v1/open').set('traceparent', `00-${traceId}-00f067aa0ba902b7-01`);

    expect(answer.headers['x-request-id']).toBe(traceId);
  });

  test('is answered 304 when the caller holds the same version, and no one else does', async () => {
    const first = await request(app).get(`/v1/echoes/${id}`).set(bearer);
    const tag = String(first.headers['etag']);

    const same = await request(app).get(`/v1/echoes/${id}`).set(bearer).set('If-None-Match', tag);
    const another = await request(app)
      .get(`/v1/echoes/${id}`)
      .set('Authorization', 'Bearer bob')
      .set('If-None-Match', tag);

    expect(same.status).toBe(304);
    expect(another.status).toBe(200);
  });
});

describe('bad input', () => {
  test.each([
    ['a wrong type', { text: 1 }, 400, 'invalid_request'],
    ['an unknown field', { text: 'a', more: 1 }, 400, 'invalid_request'],
    ['a field too long', { text: 'a'.repeat(101) }, 400, 'invalid_request'],
    ['a missing field', {}, 400, 'invalid_request'],
    ['another shape', [], 400, 'invalid_request'],
    ['a number that no double can hold', '{"text":"a","count":9007199254740993}', 400, 'invalid_request'],
    ['a day that does not exist', { text: 'a', on: '2026-02-30T00:00:00Z' }, 400, 'invalid_request'],
    ['an hour that does not exist', { text: 'a', on: '2026-02-03T24:00:00Z' }, 400, 'invalid_request'],
    ['a leap second', { text: 'a', on: '2026-12-31T23:59:60Z' }, 400, 'invalid_request'],
    ['a moment after the year 9999 in UTC', { text: 'a', on: '9999-12-31T23:59:59-12:00' }, 400, 'invalid_request'],
    ['a moment that is rounded to it', { text: 'a', on: '9999-12-31T23:59:59.9999999Z' }, 400, 'invalid_request'],
    ['a moment before the year 1 in UTC', { text: 'a', on: '0001-01-01T00:00:00+12:00' }, 400, 'invalid_request'],
    ['NUL', '{"text":"a\\u0000b"}', 400, 'malformed_body'],
    ['a lone surrogate', '{"text":"\\ud83d"}', 400, 'malformed_body'],
    ['NUL in a name', '{"text":"a","x\\u0000":1}', 400, 'malformed_body'],
    ['JSON that is cut', '{"text":', 400, 'malformed_body'],
    ['deep nesting', `${'['.repeat(200)}${']'.repeat(200)}`, 400, 'malformed_body'],
    ['too many bytes', { text: 'a'.repeat(300_000) }, 413, 'payload_too_large'],
  ])('%s is refused', async (_what, body, status, code) => {
    const answer = await post(body);

    expect(answer.status).toBe(status);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      status,
      code,
      retryable: false,
      type: `https://docs.example/problems/${code}`,
    });
  });

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16'])(
    'the content type %s is refused',
    async (contentType) => {
      const answer = await post('x', { 'Content-Type': contentType });

      expect(answer.status).toBe(415);
      expect(answer.body).toMatchObject({ code: 'unsupported_media_type' });
    },
  );

  test('names every wrong place', async () => {
    const answer = await post({ text: '', count: -1 });

    expect(answer.body.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ pointer: '/text' }),
        expect.objectContaining({ pointer: '/count' }),
      ]),
    );
  });

  test('names wrong parameters', async () => {
    const query = await request(app).get(`/v1/echoes/${id}?limit=101`).set(bearer);
    const path = await request(app).get('/v1/echoes/1').set(bearer);

    expect(query.body.errors).toEqual([expect.objectContaining({ parameter: 'limit' })]);
    expect(path.body.errors).toEqual([expect.objectContaining({ parameter: 'echoId' })]);
  });

  test.each(['1e400', '0x10', '1.0', '+1', ' 1'])('takes no number that is written as "%s"', async (limit) => {
    const answer = await request(app).get(`/v1/echoes/${id}`).query({ limit }).set(bearer);

    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([expect.objectContaining({ parameter: 'limit' })]);
  });

  test('a path that is not percent-encoding is a 400, an unknown one a 404, a wrong method a 405 with Allow', async () => {
    const encoding = await request(app).get('/v1/echoes/%zz').set(bearer);
    const unknown = await request(app).get('/v2').set(bearer);
    const method = await request(app).delete('/v1/echoes').set(bearer);

    expect([encoding.status, unknown.status, method.status]).toEqual([400, 404, 405]);
    expect(method.headers['allow']).toBe('POST');
  });
});

describe('who may call', () => {
  test.each([undefined, 'Basic xbearerx', 'Bearer', 'Bearer a b', 'bearer\ta'])('refuses %s', async (authorization) => {
    const call = request(app).get(`/v1/echoes/${id}`);

    const answer = await (authorization === undefined ? call : call.set('Authorization', authorization));

    expect(answer.status).toBe(401);
    expect(answer.body.code).toBe('unauthenticated');
  });

  test('asks for credentials before it looks at the body', async () => {
    const answer = await request(app).post('/v1/echoes').set('Content-Type', 'application/json').send('{');

    expect(answer.status).toBe(401);
  });

  test('does not start with an operation that is open by mistake', () => {
    expect(() => createEchoService({ open: [] })).toThrow('getOpen has no security');
  });

  test('does not start with a scheme that nobody authenticates', () => {
    expect(() => createEchoService({ authenticators: {} })).toThrow('security scheme user');
  });
});

describe('a handler that fails', () => {
  test('is answered without its reason', async () => {
    const failing = createEchoService({
      handlers: {
        createEcho: () => {
          throw new Error('the password is hunter2');
        },
        getEcho: () => ({ status: 200, body: { text: 1 as unknown as string } }),
        getOpen: () => ({ status: 200, body: { text: 'open' } }),
      },
    });

    const thrown = await request(failing.app).post('/v1/echoes').set(bearer).send({ text: 'a' });
    const offContract = await request(failing.app).get(`/v1/echoes/${id}`).set(bearer);
    await failing.stop();

    expect([thrown.status, offContract.status]).toEqual([500, 500]);
    expect(thrown.body).toMatchObject({ code: 'internal_error', retryable: true });
    expect(JSON.stringify([thrown.body, offContract.body])).not.toContain('hunter2');
  });
});

describe('stopping', () => {
  const running = createEchoService();
  let base = '';
  let privateBase = '';

  beforeAll(async () => {
    const { port, metricsPort } = await running.start();
    base = `http://127.0.0.1:${String(port)}`;
    privateBase = `http://127.0.0.1:${String(metricsPort)}`;
  });

  test('serves probes and metrics, then drains', async () => {
    const probes = await Promise.all([fetch(`${base}/livez`), fetch(`${base}/readyz`), fetch(`${privateBase}/readyz`)]);
    await fetch(`${base}/v1/open`);
    const metrics = await (await fetch(`${privateBase}/metrics`)).text();

    await running.stop();

    expect(probes.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(metrics).toMatch(/request_duration_seconds_count\{.*operation="getOpen",status="200"\} 1/);
    await expect(fetch(`${base}/livez`)).rejects.toThrow();
  });
});
