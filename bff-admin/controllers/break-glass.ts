import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentBreakGlass } from '../helpers/present-proposal.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as grants from '../services/break-glass.ts';
import type { Proposed } from '../services/proposal-kinds.ts';
import type { BreakGlassRow } from '../services/proposal-rows.ts';

type BreakGlassOperation = 'breakGlass' | 'listBreakGlass' | 'getBreakGlass' | 'executeBreakGlass' | 'reviewBreakGlass';

export function breakGlassControllers(ctx: Context): Pick<AdminHandlers, BreakGlassOperation> {
  const present = (row: BreakGlassRow) => presentBreakGlass(row, ctx.clock.now());
  return {
    breakGlass: async ({ caller, body, headers }) => {
      const proposed = body as Proposed & { minutes: number };
      const made = await grants.breakGlass(ctx, caller, { ...proposed, key: headers['idempotency-key'] });
      return { status: 201, body: made.body, headers: replayedHeader(made) };
    },
    listBreakGlass: async ({ caller, query: { limit = 20, ...filter } }) => {
      const page = await grants.listBreakGlass(ctx, caller, { limit, ...filter });
      return { status: 200, body: { items: page.items.map(present), nextCursor: page.nextCursor } };
    },
    getBreakGlass: async ({ caller, path }) => ({
      status: 200,
      body: present(await grants.getBreakGlass(ctx, caller, path.breakGlassId)),
    }),
    executeBreakGlass: async ({ caller, path, body }) => {
      const row = await grants.executeBreakGlass(ctx, caller, { ...path, ...body });
      return { status: row.proposal.status === 'executing' ? 202 : 200, body: present(row) };
    },
    reviewBreakGlass: async ({ caller, path, body }) => ({
      status: 200,
      body: present(await grants.reviewBreakGlass(ctx, caller, { ...path, ...body })),
    }),
  };
}
