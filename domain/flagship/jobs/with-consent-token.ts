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

async function refresh(ctx: Context, { id, refreshToken }: Connection): Promise<string> {
  if (refreshToken === null) throw new ProviderError('refused', 'invalid_grant');
  const used = { id, refreshToken };
  try {
    const tokens = await ctx.provider.refreshTokens(ctx.vault.open(refreshToken, boundTo.refresh(id)));
    await replaceTokens(ctx, used, sealTokens(ctx, id, tokens));
    return tokens.accessToken;
  } catch (error) {
    if (!isRefusal(error, 'invalid_grant')) throw error;
    const isReplaced = await replaceTokens(ctx, used, noTokens);
    const newer = isReplaced ? undefined : liveToken(ctx, await ctx.db.connection.findUniqueOrThrow({ where: { id } }));
    if (newer === undefined) throw error;
    return newer;
  }
}

/**
 * Only in the place of the refresh token that was used: a renewal may have brought other tokens meanwhile, and then those count.
 * One that was sealed with another key meanwhile is still the same.
 */
async function replaceTokens(
  ctx: Context,
  { id, refreshToken }: { id: string; refreshToken: string },
  data: Partial<typeof noTokens | ReturnType<typeof sealTokens>>,
): Promise<boolean> {
  const where = { id, refreshToken, status: { in: ['active', 'reauth_required'] } };
  const { count } = await ctx.db.connection.updateMany({ where, data });
  if (count === 1) return true;
  const now = await ctx.db.connection.findFirst({ where: { ...where, refreshToken: { not: refreshToken } } });
  if (!now?.refreshToken) return false;
  const isSame =
    ctx.vault.open(now.refreshToken, boundTo.refresh(id)) === ctx.vault.open(refreshToken, boundTo.refresh(id));
  return isSame && replaceTokens(ctx, { id, refreshToken: now.refreshToken }, data);
}
