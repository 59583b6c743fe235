import type { Connection } from '#prisma/flagship';
import type { Context } from '../context.ts';
import { isRefusal } from '../provider/provider.ts';
import { sealTokens } from '../services/authorisations.ts';

const marginMs = 60_000;

/** Calls the provider with the connection's access token; gets a new one when it has ended or is refused. */
export async function withConsentToken<T>(
  ctx: Context,
  { id }: Connection,
  call: (token: string) => Promise<T>,
): Promise<T> {
  const connection = await ctx.db.connection.findUniqueOrThrow({ where: { id } });
  const endsAt = connection.accessTokenExpiresAt?.getTime() ?? 0;
  if (connection.accessToken !== null && endsAt - marginMs > ctx.clock.now().getTime()) {
    try {
      return await call(ctx.vault.open(connection.accessToken, `access:${id}`));
    } catch (error) {
      if (!isRefusal(error, 'unauthenticated')) throw error;
    }
  }
  return call(await refresh(ctx, connection));
}

async function refresh(ctx: Context, { id, refreshToken }: Connection): Promise<string> {
  const tokens = await ctx.provider.refreshTokens(ctx.vault.open(refreshToken ?? '', `refresh:${id}`));
  // A connection that ended meanwhile keeps no token.
  await ctx.db.connection.updateMany({
    where: { id, status: { in: ['active', 'reauth_required'] } },
    data: sealTokens(ctx, id, tokens),
  });
  return tokens.accessToken;
}
