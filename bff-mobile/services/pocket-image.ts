import type { operations } from '#openapi/bff-mobile';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { Context } from '../context.ts';
import { forbidden } from '../errors.ts';
import { forward } from '../helpers/forward.ts';
import type { ForwardedCall } from '../helpers/forward.ts';

type PocketContext = Pick<Context, 'social' | 'financial'>;
type PocketCall = ForwardedCall<operations['updatePocket']>;

/**
 * Financial keeps where a pocket's picture is, social keeps the picture. Social takes the new one in before the pocket shows it and
 * lets the one before go after that: whatever fails in between, what the pocket shows is there, and the same request completes it.
 * Only the pocket that was read is changed: of two changes at once, the one would let go of what the other shows.
 * @throws forbidden for who is not the owner; not_found, media_not_ready, account_suspended, precondition_failed
 */
export async function updatePocket(ctx: PocketContext, call: PocketCall) {
  const { imageMediaId: mediaId, ...change } = call.body;
  const update = forward<FinancialOperations['updatePocket']>(ctx.financial.updatePocket);
  if (mediaId === undefined) return update({ ...call, body: change });

  const { path } = call;
  const caller = { userId: call.caller.userId };
  const { body: pocket, etag: asRead } = await ctx.financial.getPocket({ caller, path });
  if (pocket.viewerRole !== 'owner') throw forbidden();
  const { body: kept } = await ctx.social.keepPocketImage({ caller, path, body: { mediaId } });
  const headers = { 'if-match': asRead, ...call.headers };
  const changed = await update({ ...call, headers, body: { ...change, imageUrl: kept.imageUrl } });
  const mediaIds = kept.earlierMediaIds;
  if (mediaIds.length > 0) await ctx.social.dropPocketImages({ caller, path, query: { mediaIds } });
  return changed;
}
