import { notFound } from '../errors.ts';
import type { Context } from '../context.ts';

/** A post shows only a pocket of its author's: social, which keeps the reference, cannot know whose it is. */
export async function assertOwnPocket(
  { financial }: Pick<Context, 'financial'>,
  { userId }: { userId: string },
  pocketId: string | undefined,
): Promise<void> {
  if (pocketId === undefined) return;
  const { body } = await financial.getPocket({ caller: { userId }, path: { pocketId } });
  if (body.viewerRole !== 'owner') throw notFound();
}
