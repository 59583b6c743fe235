import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, UnsecuredJWT } from 'jose';
import request from 'supertest';
import { newId } from '#platform/ids';
import { generateServiceKey } from '#platform/testing/service-keys';
import { startMobile, userId } from './mobile-app.ts';

type Mobile = Awaited<ReturnType<typeof startMobile>>;
let mobile: Mobile;

beforeAll(async () => {
  mobile = await startMobile();
});
afterAll(() => mobile.stop());

function get(authorization?: string) {
  const call = request(mobile.app).get('/v1/me');
  return authorization === undefined ? call : call.set('Authorization', authorization);
}

// Behind a token that is taken nobody answers: 503. One that is refused is 401.
test('takes a living access token, signed by any published key', async () => {
  const current = await get(`Bearer ${await mobile.token()}`);
  const older = await get(`Bearer ${await mobile.token({}, mobile.keys.retired)}`);

  expect([current.status, older.status]).toEqual([503, 503]);
});

const refused: [string, (at: Mobile) => Promise<string>][] = [
  ['signed by somebody else', (at) => at.token({}, generateServiceKey().privateKey)],
  ['of another issuer', (at) => at.token({ iss: 'https://evil.example' })],
  ['for another audience', (at) => at.token({ aud: 'clync-step-up' })],
  ['that has expired', (at) => at.token({ exp: Math.floor(at.clock.now().getTime() / 1000) - 61 })],
  ['without an end', (at) => at.token({ exp: undefined })],
  ['without a session', (at) => at.token({ sid: undefined })],
  ['without a person', (at) => at.token({ sub: undefined })],
  ['that is not valid yet', (at) => at.token({ nbf: Math.floor(at.clock.now().getTime() / 1000) + 120 })],
  ['with an unknown key id', (at) => at.token({}, at.keys.signing, { kid: 'x' })],
  ['without a signature', async (at) => new UnsecuredJWT(decodeJwt(await at.token())).encode()],
  ['with a changed payload', async (at) => tamper(await at.token())],
  ['that is no token', () => Promise.resolve('abc.def')],
];
test.each(refused)('refuses a token %s', async (_what, make) => {
  const answer = await get(`Bearer ${await make(mobile)}`);

  expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
});

test('takes a token from the Authorization header alone', async () => {
  const token = await mobile.token();

  const query = await request(mobile.app).get(`/v1/me?access_token=${token}`);
  const cookie = await request(mobile.app).get('/v1/me').set('Cookie', `access_token=${token}`);
  const basic = await get(`Basic ${token}`);

  expect([query.status, cookie.status, basic.status]).toEqual([401, 401, 401]);
});

test('lets a token expire, also one that was checked before', async () => {
  const token = await mobile.token();
  const before = await get(`Bearer ${token}`);

  mobile.clock.advance(11 * 60_000 + 1_000);
  const after = await get(`Bearer ${token}`);

  expect([before.status, after.status]).toEqual([503, 401]);
});

test('publishes the public keys and nothing of the private ones', async () => {
  const { body } = await request(mobile.app).get('/.well-known/jwks.json');

  expect(body.keys).toHaveLength(2);
  expect(JSON.stringify(body)).not.toContain('"d"');
});

describe('a large withdrawal', () => {
  async function withdraw(amountMinor: number, currency: string, stepUp?: string) {
    const call = request(mobile.app)
      .post('/v1/wallet/withdrawals')
      .set('Authorization', `Bearer ${await mobile.token()}`)
      .set('Idempotency-Key', 'k');
    return (stepUp === undefined ? call : call.set('X-Step-Up', stepUp)).send({
      accountId: userId,
      amount: { amountMinor, currency },
    });
  }

  test.each([
    [50_001, 'EUR'],
    [501, 'JPY'],
    [500_001, 'KWD'],
    [50_001, 'HUF'], // whatever is usual in shops, its minor units are hundredths
    [500_001, 'IQD'],
  ])('of %i minor units of %s needs the password again', async (amountMinor, currency) => {
    const above = await withdraw(amountMinor, currency);
    const below = await withdraw(amountMinor - 1, currency);

    expect([above.status, above.body.code]).toEqual([403, 'step_up_required']);
    expect(below.status).toBe(503);
  });

  test('passes with a step-up of the same session, and with no other token', async () => {
    const stepUp = await mobile.token({ aud: 'clync-step-up' });
    const ofAnother = await mobile.token({ aud: 'clync-step-up', sid: 'another' });

    const answers = [
      await withdraw(90_000, 'EUR', stepUp),
      await withdraw(90_000, 'EUR', ofAnother),
      await withdraw(90_000, 'EUR', await mobile.token()),
    ];

    expect(answers.map(({ status }) => status)).toEqual([503, 403, 403]);
  });
});

/** Another person in the payload, under the old signature. */
function tamper(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), sub: newId() };
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
}
