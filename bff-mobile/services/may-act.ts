import type { Context } from '../context.ts';
import { assertPeopleInSight } from './people-in-sight.ts';

/** Refuses what others would see of a suspended person, who goes on using what is their own. @throws account_suspended */
export async function assertMayAct({ social }: Pick<Context, 'social'>, userId: string): Promise<void> {
  await social.assertMayAct({ caller: { userId } });
}

/**
 * Before a person asks something of others, or speaks to them. Who is suspended hears of that first, whomever they name.
 * @throws account_suspended; not_found where one of them cannot be seen
 */
export async function assertMayAsk(ctx: Pick<Context, 'social'>, userId: string, peopleIds: string[]): Promise<void> {
  await assertMayAct(ctx, userId);
  await assertPeopleInSight(ctx, userId, peopleIds);
}
