import type { Clock } from '#platform/clock';
import type { ProviderHttp } from './provider-http.ts';
import type { Tokens } from './provider.ts';

export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

/** One request to the token endpoint (RFC 6749). */
export async function requestTokens(
  http: ProviderHttp,
  { clientId, clientSecret }: ClientCredentials,
  form: Record<string, string>,
): Promise<Tokens> {
  const { bytes } = await http.send({
    method: 'POST',
    target: '/oauth/token',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  });
  const answer = JSON.parse(bytes.toString()) as { access_token: string; expires_in: number; refresh_token?: string };
  return { accessToken: answer.access_token, expiresInSeconds: answer.expires_in, refreshToken: answer.refresh_token };
}

/** The token of the client itself: fetched once for all who wait, and again a minute before it ends. */
export function createClientToken(http: ProviderHttp, credentials: ClientCredentials, clock: Clock) {
  let current: { token: Promise<string>; endsAt: number } | undefined;

  function get(): Promise<string> {
    if (current && current.endsAt > clock.now().getTime()) return current.token;
    const fetching = requestTokens(http, credentials, { grant_type: 'client_credentials' });
    const entry = { token: fetching.then(({ accessToken }) => accessToken), endsAt: Number.POSITIVE_INFINITY };
    current = entry;
    fetching.then(
      ({ expiresInSeconds }) => {
        entry.endsAt = clock.now().getTime() + (expiresInSeconds - 60) * 1000;
      },
      () => {
        if (current === entry) current = undefined;
      },
    );
    return entry.token;
  }
  return {
    get,
    /** The provider refused the token: the next `get` asks for another. */
    forget: () => {
      current = undefined;
    },
  };
}
