import type { Context } from '../context.ts';
import type { Tokens } from '../provider/provider.ts';

/** The columns that keep tokens. */
export function sealTokens({ vault, clock }: Pick<Context, 'vault' | 'clock'>, connectionId: string, tokens: Tokens) {
  const expiresAt = new Date(clock.now().getTime() + tokens.expiresInSeconds * 1000);
  return {
    accessToken: vault.seal(tokens.accessToken, boundTo.access(connectionId)),
    accessTokenExpiresAt: expiresAt,
    ...(tokens.refreshToken !== undefined && {
      refreshToken: vault.seal(tokens.refreshToken, boundTo.refresh(connectionId)),
    }),
  };
}

/** What each sealed value belongs to. */
export const boundTo = {
  access: (connectionId: string) => `access:${connectionId}`,
  refresh: (connectionId: string) => `refresh:${connectionId}`,
  verifier: (connectionId: string) => `verifier:${connectionId}`,
};
