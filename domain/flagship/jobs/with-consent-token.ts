import type { Connection } from '#prisma/flagship';
import type { Context } from '../context.ts';
import { isRefusal, ProviderError } from '../provider/provider.ts';
import { noTokens } from '../services/connection-changes.ts';
import { boundTo, sealTokens } from '../services/consent-tokens.ts';

const marginMs = 60_000;

/** Calls the provider with the connection's access token; gets a new one when it has ended or is refused. */
export async function withConsentToken<T>(
  ctx: Context,
  { id }: Connection,
  call: (token: string) => Promise<T>,
): Promise<T> {
  const connection = await ctx.db.connection.findUniqueOrThrow({ where: { id } });
  const token = liveToken(ctx, connection);
  if (token !== undefined) {
    try {
      return await call(token);
    } catch (error) {
      if (!isRefusal(error, 'unauthenticated')) throw error;
    }
  }
  return call(await refresh(ctx, connection));
}

function liveToken({ vault, clock }: Context, { id, accessToken, accessTokenExpiresAt }: Connection) {
  const endsAt = accessTokenExpiresAt?.getTime() ?? 0;
  const isLive = accessToken !== null && endsAt - marginMs > clock.now().getTime();
  return isLive ? vault.open(accessToken, boundTo.access(id)) : undefined;
}

/**
 * What comes back is kept only in the place of the refresh token that was used: a renewal may have brought other tokens
 * meanwhile, and then those count.
 */
async function refresh(ctx: Context, { id, refreshToken }: Connection): Promise<string> {
  if (refreshToken === null) throw new ProviderError('refused', 'invalid_grant');
  const where = { id, refreshToken, status: { in: ['active', 'reauth_required'] } };
  try {
    const tokens = await ctx.provider.refreshTokens(ctx.vault.open(refreshToken, boundTo.refresh(id)));
    await ctx.db.connection.updateMany({ where, data: sealTokens(ctx, id, tokens) });
    return tokens.accessToken;
  } catch (error) {
    if (!isRefusal(error, 'invalid_grant')) throw error;
    const { count } = await ctx.db.connection.updateMany({ where, data: noTokens });
    const newer =
      count === 1 ? undefined : liveToken(ctx, await ctx.db.connection.findUniqueOrThrow({ where: { id } }));
    if (newer === undefined) throw error;
    return newer;
  }
}
