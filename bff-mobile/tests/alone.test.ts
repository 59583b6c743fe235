import { afterAll, beforeAll, expect, test } from '@jest/globals';
import request from 'supertest';
import { listOperations, loadDocument } from '#platform/document';
import { docsUrl, startMobile } from './mobile-app.ts';

type Mobile = Awaited<ReturnType<typeof startMobile>>;
let mobile: Mobile;

beforeAll(async () => {
  mobile = await startMobile();
});
afterAll(() => mobile.stop());

test('is alive and ready although no service is', async () => {
  const probes = await Promise.all(['/livez', '/readyz'].map((path) => request(mobile.app).get(path)));

  expect(probes.map(({ status }) => status)).toEqual([200, 200]);
});

test('says that nothing could be served, within the budget of a screen', async () => {
  const home = request(mobile.app).get('/v1/screens/home');
  const token = await mobile.token();
  await request(mobile.app).get('/v1/screens/home').set('Authorization', `Bearer ${token}`); // compiles the validator
  const started = performance.now();

  const answer = await home.set('Authorization', `Bearer ${token}`);

  expect([answer.status, answer.body.code]).toEqual([503, 'upstream_unavailable']);
  expect(answer.headers['retry-after']).toBeDefined();
  expect(performance.now() - started).toBeLessThan(800);
});

test('serves the documents as they were generated', async () => {
  const [main, named, provider] = await Promise.all(
    ['/openapi.json', '/openapi/bff-mobile.json', '/openapi/flagship-provider.json'].map((path) =>
      request(mobile.app).get(path),
    ),
  );

  expect(main?.body).toEqual(loadDocument('bff-mobile'));
  expect(named?.text).toBe(main?.text);
  expect(provider?.body).toMatchObject({ webhooks: expect.anything() as unknown });
});

test('shows pages that load nothing from another host', async () => {
  const pages = await Promise.all(
    ['/docs', '/docs/start.js', '/problems', '/problems/insufficient_funds'].map((path) =>
      request(mobile.app).get(path),
    ),
  );

  for (const page of pages) {
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
  }
  expect(pages[0]?.headers['content-security-policy']).toContain("script-src 'self';");
});

test('has a page behind the type of every problem', async () => {
  const refusal = await request(mobile.app).get('/v1/me');
  const page = await request(mobile.app).get(String(refusal.body.type).replace(docsUrl, ''));
  const none = await request(mobile.app).get('/problems/no_such_problem');

  expect(refusal.body.type).toBe(`${docsUrl}/problems/unauthenticated`);
  expect(page.text).toContain('Not signed in');
  expect(none.status).toBe(404);
});

const closed = listOperations(loadDocument('bff-mobile')).filter(
  ({ security }) => security.length > 0 && security.every((requirement) => Object.keys(requirement).length > 0),
);
test.each(closed.map(({ id, method, path }) => ({ id, method, path })))(
  '$id is closed to everyone who is not signed in',
  async ({ method, path }) => {
    const answer = await request(mobile.app)[method](path.replace(/\{\w+\}/g, 'x'));

    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
  },
);
