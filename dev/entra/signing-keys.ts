import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';

export type SigningKeys = {
  /** The key that signs now, with the id under which it is published. */
  current(): Promise<{ kid: string; key: CryptoKey }>;
  /** Every published key, public parts only. */
  published(): JWK[];
  /** Starts to sign with a new key; the old ones stay published unless they are withdrawn. */
  rotate(options: { withdrawOld: boolean }): Promise<string>;
};

/** RSA signing keys, kept in the data folder so that tokens outlive a restart. */
export async function loadSigningKeys(dataDir: string): Promise<SigningKeys> {
  const file = path.join(dataDir, 'signing-keys.json');
  let keys = await readKeys(file);
  if (keys.length === 0) await keep([await createKey()]);

  async function keep(next: JWK[]): Promise<void> {
    keys = next;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, JSON.stringify(keys), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  return {
    async current() {
      const jwk = keys[0];
      if (!jwk?.kid) throw new Error('the stand-in has no signing key');
      return { kid: jwk.kid, key: (await importJWK(jwk, 'RS256')) as CryptoKey };
    },
    published() {
      // Entra publishes x5t = kid, and passport-azure-ad looks keys up by either.
      return keys.map(({ kty, n, e, kid }) => ({ kty, n, e, kid, x5t: kid, use: 'sig', alg: 'RS256' }) as JWK);
    },
    async rotate({ withdrawOld }) {
      const made = await createKey();
      await keep(withdrawOld ? [made] : [made, ...keys]);
      return made.kid ?? '';
    },
  };
}

async function readKeys(file: string): Promise<JWK[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  return JSON.parse(text) as JWK[];
}

async function createKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}
