import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';

/** Refuses a person whom the caller cannot see: one who is not there, and one across a block, look the same. @throws not_found */
export async function assertPersonInSight(
  { social }: Pick<Context, 'social'>,
  userId: string,
  personId: string,
): Promise<void> {
  const { body } = await social.listProfiles({ caller: { userId }, query: { ids: [personId] } });
  // Of two ways to write an id the services answer one.
  if (!body.items.some(({ id }) => id === personId.toLowerCase())) throw notFound();
}
