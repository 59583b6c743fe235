import { beforeAll, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT, importJWK } from 'jose';
import { createServiceTokenIssuer, createServiceTokenVerifier } from '../service-token.ts';
import { generateServiceKey } from '../testing/service-keys.ts';
import type { ServiceKey } from '../testing/service-keys.ts';

let ours: ServiceKey;
let stranger: ServiceKey;
let verify: Awaited<ReturnType<typeof createServiceTokenVerifier>>;

beforeAll(async () => {
  [ours, stranger] = [generateServiceKey(), generateServiceKey()];
  verify = await createServiceTokenVerifier('social', { 'bff-mobile': ours.publicKey });
});

async function sign(key: ServiceKey, change: (token: SignJWT) => SignJWT): Promise<string> {
  const token = new SignJWT({}).setProtectedHeader({ alg: 'EdDSA' }).setIssuer('bff-mobile').setAudience('social');
  return change(token.setIssuedAt().setExpirationTime('60s')).sign(await importJWK(key.privateKey, 'EdDSA'));
}

test('a token says who calls and for whom', async () => {
  const issuer = await createServiceTokenIssuer('bff-mobile', ours.privateKey);

  const member = await verify(await issuer.issue('social', { userId: 'u1' }));
  const staff = await verify(await issuer.issue('social', { staffId: 's1' }));
  const service = await verify(await issuer.issue('social', { service: true }));

  expect([member.service, member.kind, member.userId]).toEqual(['bff-mobile', 'member', 'u1']);
  expect([staff.kind, staff.staffId]).toEqual(['staff', 's1']);
  expect(service.kind).toBe('service');
  expect(() => service.userId).toThrow('Not allowed');
});

test('one token serves many calls', async () => {
  const issuer = await createServiceTokenIssuer('bff-mobile', ours.privateKey);

  const tokens = await Promise.all([1, 2, 3].map(() => issuer.issue('social', { userId: 'u1' })));

  expect(new Set(tokens).size).toBe(1);
});

test.each([
  ['made for another service', () => sign(ours, (token) => token.setAudience('financial'))],
  ['of an issuer nobody trusts', () => sign(ours, (token) => token.setIssuer('mallory'))],
  ['signed by another key', () => sign(stranger, (token) => token)],
  ['that has expired', () => sign(ours, (token) => token.setExpirationTime('-2m'))],
  ['without an end', async () => new SignJWT({ iss: 'bff-mobile', aud: 'social' }).setProtectedHeader({ alg: 'EdDSA' }).setIssuedAt().sign(await importJWK(ours.privateKey, 'EdDSA'))], // prettier-ignore
  ['without a signature', () => Promise.resolve(new UnsecuredJWT({ iss: 'bff-mobile', aud: 'social' }).setIssuedAt().setExpirationTime('60s').encode())], // prettier-ignore
  ['for a person and staff at once', async () => new SignJWT({ iss: 'bff-mobile', aud: 'social', sub: 'u', act: { sub: 's' } }).setProtectedHeader({ alg: 'EdDSA' }).setIssuedAt().setExpirationTime('60s').sign(await importJWK(ours.privateKey, 'EdDSA'))], // prettier-ignore
  ['that is no token', () => Promise.resolve('a.b.c')],
])('refuses a token %s', async (_what, make) => {
  await expect(verify(await make())).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('trusts the old and the new key of an issuer while it is replaced', async () => {
  const [old, next] = [generateServiceKey(), generateServiceKey()];
  const verifyEither = await createServiceTokenVerifier('social', { 'bff-mobile': [old.publicKey, next.publicKey] });

  for (const { privateKey } of [old, next]) {
    const issuer = await createServiceTokenIssuer('bff-mobile', privateKey);
    const caller = await verifyEither(await issuer.issue('social', { userId: 'u1' }));
    expect(caller.userId).toBe('u1');
  }
  const foreign = await createServiceTokenIssuer('bff-mobile', stranger.privateKey);
  const refused = verifyEither(await foreign.issue('social', { userId: 'u1' }));
  await expect(refused).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('refuses a private key among the trusted ones', async () => {
  await expect(createServiceTokenVerifier('social', { x: ours.privateKey })).rejects.toThrow('public keys only');
});
