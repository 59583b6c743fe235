import { afterAll, beforeAll, expect, test } from '@jest/globals';
import request from 'supertest';
import { newId } from '#platform/ids';
import { RawJson } from '#platform/raw-json';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { startStandIn } from '#platform/testing/stand-in';
import type { operations } from '#openapi/financial';
import { startMobile } from './mobile-app.ts';

const pdf = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x2d, 0xff, 0x00, 0x80]);
const headers = {
  'Content-Type': 'application/pdf',
  'Content-Disposition': 'attachment; filename="statement.pdf"',
  'Repr-Digest': 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
};
let behind: Awaited<ReturnType<typeof startFinancial>>;
let mobile: Awaited<ReturnType<typeof startMobile>>;

beforeAll(async () => {
  behind = await startFinancial();
  mobile = await startMobile(behind.config);
});
afterAll(async () => {
  await mobile.stop();
  await behind.stop();
});

/** Financial, whose statements are a few bytes that no text can hold. */
async function startFinancial() {
  const { keys, trust } = generateServiceKeys(['bff-mobile']);
  const financial = await startStandIn<Pick<operations, 'getPocketStatement'>>({
    name: 'financial',
    trust,
    handlers: { getPocketStatement: () => ({ status: 200, body: new RawJson(pdf), headers }) },
  });
  return {
    config: { financialUrl: financial.url, serviceTokenKey: keys['bff-mobile']?.privateKey ?? {} },
    stop: () => financial.stop(),
  };
}

test('a statement reaches the phone as financial wrote it, with its name and digest', async () => {
  const token = await mobile.token();

  const answer = await request(mobile.app)
    .get(`/v1/pockets/${newId()}/statement?from=2026-11-01&to=2026-11-30&format=pdf`)
    .set('Authorization', `Bearer ${token}`);

  expect(answer.status).toBe(200);
  expect(pdf.equals(answer.body as Buffer)).toBe(true);
  expect(answer.headers).toMatchObject(
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  );
});
