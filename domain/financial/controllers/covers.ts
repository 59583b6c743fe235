import { replayedHeader } from '#platform/idempotency';
import type { ServiceContext } from '../context.ts';
import { presentPending } from '../helpers/present-approval.ts';
import { presentCover } from '../helpers/present-cover.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as covers from '../services/covers.ts';
import { requireKey } from '../validation/idempotency-key.ts';

type CoverOperation = 'coverTransaction' | 'getCover';

export function coverControllers(ctx: ServiceContext): Pick<FinancialHandlers, CoverOperation> {
  return {
    coverTransaction: async ({ caller, path, headers, body }) => {
      const covered = await covers.coverTransaction(ctx, caller, { key: requireKey(headers), ...path, ...body });
      if ('asked' in covered) return presentPending(covered, ctx.clock.now());
      return { status: 201, body: presentCover(covered.facts), headers: replayedHeader(covered) };
    },

    getCover: async ({ caller, path }) => ({
      status: 200,
      body: presentCover(await covers.getCover(ctx, caller, path.transactionId)),
    }),
  };
}
