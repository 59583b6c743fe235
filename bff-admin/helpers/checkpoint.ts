/**
 * A checkpoint of the audit log: the ids and hashes of the lines since the one before, signed (JWS, RFC 7515, Ed25519). Since
 * each hash covers all lines before it, whoever changes one of them has to forge the newest checkpoint, too.
 */
import { CompactSign, compactVerify, importJWK } from 'jose';
import type { CompactJWSHeaderParameters, CryptoKey, JWK } from 'jose';

export interface Checkpoint {
  /** The place of the first of its lines. */
  first: number;
  /** The place of the last one. */
  seq: number;
  hash: string;
  at: Date;
  /** Ids and hashes, in the order of the log. */
  lines: [id: string, hash: string][];
}

interface Payload {
  first: number;
  at: string;
  lines: [string, string][];
}

const typ = 'clync-audit-checkpoint';

export type CheckpointSigner = (payload: { first: number; at: Date; lines: [string, string][] }) => Promise<string>;

/** Signs with the process's private Ed25519 JWK. */
export function createCheckpointSigner(jwk: JWK): CheckpointSigner {
  return async ({ first, at, lines }) => {
    const payload: Payload = { first, at: at.toISOString(), lines };
    return new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'EdDSA', typ, kid: jwk.kid ?? '' })
      .sign(await importJWK(jwk, 'EdDSA'));
  };
}

/** Reads what one of the trusted keys has signed; null for anything else. */
export function createCheckpointReader(trust: readonly JWK[]): (signed: string) => Promise<Checkpoint | null> {
  async function keyFor({ kid, typ: kind }: CompactJWSHeaderParameters): Promise<CryptoKey | Uint8Array> {
    const jwk = trust.find((known) => known.kid === kid);
    if (jwk === undefined || kind !== typ) throw new Error('no key for this');
    return importJWK(jwk, 'EdDSA');
  }

  return async (signed) => {
    const verified = await compactVerify(signed, keyFor, { algorithms: ['EdDSA'] }).catch(() => null);
    // What a trusted key has signed was made above, so its form needs no doubt.
    return verified && present(JSON.parse(Buffer.from(verified.payload).toString()) as Payload);
  };
}

function present({ first, at, lines }: Payload): Checkpoint {
  return { first, seq: first + lines.length - 1, hash: lines.at(-1)?.[1] ?? '', at: new Date(at), lines };
}
