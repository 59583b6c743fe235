import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface VaultKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

/** Keeps the provider's tokens unreadable in the database (AES-256-GCM). */
export interface TokenVault {
  /** `boundTo` must be said again to open it: a value copied to another row does not open there. */
  seal(secret: string, boundTo: string): string;
  open(sealed: string, boundTo: string): string;
  /** The key that seals now, and begins everything it has sealed. */
  keyId: string;
}

/** The first key seals, every key opens; so a new one is put in front, and the old one stays until nothing needs it. */
export function createTokenVault(keys: VaultKey[]): TokenVault {
  const [current] = keys;
  if (!current) throw new Error('the vault needs a key');
  return {
    keyId: current.id,
    seal(secret, boundTo) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current.key, iv).setAAD(Buffer.from(boundTo));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return [current.id, ...[iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'))].join('.');
    },
    open(sealed, boundTo) {
      const [id, iv = '', tag = '', content = ''] = sealed.split('.');
      const known = keys.find((key) => key.id === id);
      if (!known) throw new Error('the key that sealed this is not in the ring');
      const decipher = createDecipheriv('aes-256-gcm', known.key, Buffer.from(iv, 'base64url'), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(boundTo)).setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(content, 'base64url')), decipher.final()]).toString('utf8');
    },
  };
}
