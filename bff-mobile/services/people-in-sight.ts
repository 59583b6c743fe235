import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';

/** Refuses people of whom the caller cannot see one: who is not there, and who is across a block, look the same. @throws not_found */
export async function assertPeopleInSight(
  { social }: Pick<Context, 'social'>,
  userId: string,
  peopleIds: string[],
): Promise<void> {
  const { body } = await social.listProfiles({ caller: { userId }, query: { ids: peopleIds } });
  const inSight = new Set(body.items.map(({ id }) => id));
  // Of two ways to write an id the services answer one.
  if (!peopleIds.every((id) => inSight.has(id.toLowerCase()))) throw notFound();
}
