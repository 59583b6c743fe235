import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import { getPocket } from './pockets.ts';

/** A quarter of the target, and when the balance first reached it. */
export interface MilestoneFacts {
  percent: 25 | 50 | 75 | 100;
  reachedAt: string;
}

/** The quarters of the pocket's present target that its balance has reached, lowest first. */
export async function listMilestones(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  pocketId: string,
): Promise<MilestoneFacts[]> {
  await getPocket(ctx, caller, pocketId);
  const rows = await ctx.db.$queryRaw<{ milestones: MilestoneFacts[] }[]>`
    /* listMilestones */ select milestones_of(${pocketId}::uuid) as milestones`;
  return rows[0]?.milestones ?? [];
}
