import { RawJson } from '#platform/raw-json';
import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { presentPocket } from '../helpers/present-pocket.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as home from '../services/home.ts';

export function homeControllers(ctx: Context): Pick<FinancialHandlers, 'getHome'> {
  return {
    getHome: async ({ caller }) => {
      const { pockets, total, balances } = await home.getHome(ctx, caller);
      const now = ctx.clock.now();
      const cards = { items: pockets.map((facts) => presentPocket(facts, now)), total };
      const json = `{"pockets":${JSON.stringify(cards)},"balances":${balances}}`;
      return { status: 200, body: new RawJson<components['schemas']['Home']>(json) };
    },
  };
}
