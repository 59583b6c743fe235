import type { Context } from '../context.ts';

/** Refuses what others would see of a suspended person, who goes on using what is their own. @throws account_suspended */
export async function assertMayAct({ social }: Pick<Context, 'social'>, userId: string): Promise<void> {
  await social.assertMayAct({ caller: { userId } });
}
