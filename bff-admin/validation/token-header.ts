import { unauthenticated } from '../errors.ts';

/** The id of the key that signed a token, out of a header that allows one algorithm, one type, and one way to name a key. */
export function readKeyId(token: string): string {
  const [encoded = '', ...rest] = token.split('.');
  if (rest.length !== 2) throw unauthenticated('The token is not a signed JWT.');
  let header: Record<string, unknown>;
  try {
    header = (JSON.parse(Buffer.from(encoded, 'base64url').toString()) ?? {}) as Record<string, unknown>;
  } catch (cause) {
    throw unauthenticated('The token is not a JWT.', cause);
  }
  const { alg, typ, kid, x5t = kid, crit } = header;
  if (alg !== 'RS256' || typ !== 'JWT' || crit !== undefined || typeof kid !== 'string' || x5t !== kid) {
    throw unauthenticated('The header of the token is not one of Azure AD.');
  }
  return kid;
}
