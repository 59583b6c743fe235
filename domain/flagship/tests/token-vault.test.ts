import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stdSerializers } from 'pino';
import { createTokenVault } from '../helpers/token-vault.ts';
import { createProviderHttp } from '../provider/provider-http.ts';

const first = { id: 'first', key: randomBytes(32) };
const second = { id: 'second', key: randomBytes(32) };

test('gives back what it was given, and never writes it down', () => {
  const vault = createTokenVault([first]);

  fc.assert(
    fc.property(fc.string({ minLength: 8 }), fc.string(), (secret, boundTo) => {
      const sealed = vault.seal(secret, boundTo);
      expect(sealed).not.toContain(secret);
      expect(vault.seal(secret, boundTo)).not.toBe(sealed);
      expect(vault.open(sealed, boundTo)).toBe(secret);
    }),
  );
});

test('opens nothing that was moved to another row or changed', () => {
  const vault = createTokenVault([first]);
  const sealed = vault.seal('token', 'access:one');

  expect(() => vault.open(sealed, 'access:two')).toThrow();
  const last = sealed.endsWith('A') ? 'B' : 'A';
  expect(() => vault.open(sealed.slice(0, -3) + last + sealed.slice(-2), 'access:one')).toThrow();
});

test('opens what an older key sealed while it is in the ring', () => {
  const sealed = createTokenVault([first]).seal('token', 'row');

  expect(createTokenVault([second, first]).open(sealed, 'row')).toBe('token');
  expect(createTokenVault([second, first]).seal('token', 'row')).toMatch(/^second\./);
  expect(() => createTokenVault([second]).open(sealed, 'row')).toThrow('not in the ring');
});

test('a call to the provider that failed shows nothing of what it carried when it is logged', async () => {
  const listener = http.createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;
  const provider = createProviderHttp({ url, timeoutMs: 60_000, allowPrivateAddresses: true });
  const headers = { authorization: 'Bearer at_secret' };

  const failed = await provider
    .send({ method: 'POST', target: '/oauth/token', headers, body: 'refresh_token=rt_secret' })
    .catch((error: unknown) => error as Error);
  provider.close();
  listener.close();

  const line = JSON.stringify(stdSerializers.err(failed as Error));
  expect(line).toContain('unanswered');
  expect(line).not.toMatch(/at_secret|rt_secret/);
});
