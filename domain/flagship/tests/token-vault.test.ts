import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createTokenVault } from '../helpers/token-vault.ts';

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
