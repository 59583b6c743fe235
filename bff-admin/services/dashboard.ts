import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { figureSources } from './figures.ts';
import type { Source } from './figures.ts';
import { scopeOf } from './queues.ts';
import { readSection } from './sections.ts';
import type { Section } from './sections.ts';

export interface Dashboard {
  generatedAt: Date;
  sources: { places: Source['places']; values: Section<(number | string)[]> }[];
}

/** The figures that the caller may open, all sources asked at once. */
export async function getDashboard(ctx: Context, caller: StaffCaller): Promise<Dashboard> {
  const now = ctx.clock.now();
  const scope = await scopeOf(ctx.db, caller);
  const sources = await Promise.all(
    figureSources(ctx, { caller, scope, now }).map(async ({ places, count }) => ({
      places,
      values: await readSection(ctx.clock, count),
    })),
  );
  return { generatedAt: now, sources };
}
