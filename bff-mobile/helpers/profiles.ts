import type { components } from '#openapi/social';
import type { Context } from '../context.ts';
import { batchesOf } from './batches.ts';
import { attempt } from './screen.ts';
import { fresh, stale } from './section.ts';
import type { Section } from './section.ts';

type Person = components['schemas']['Person'];

interface Profiles {
  /** The people whom the caller can see. */
  byId: Map<string, Person>;
  /** Whether social could not be asked, so that profiles are not known. */
  missing: boolean;
  retryAfterSeconds: number;
}

/** The people behind ids, in one batch (for more than 100 of them, in several at once); nobody is asked for none. */
export async function profilesOf(
  { social }: Pick<Context, 'social'>,
  caller: { userId: string },
  { ids = [], timeoutMs }: { ids: string[] | undefined; timeoutMs: number },
): Promise<Profiles> {
  const parts = await Promise.all(
    batchesOf(ids).map((batch) => attempt(social.listProfiles({ caller, query: { ids: batch }, timeoutMs }))),
  );
  const people = parts.flatMap(({ answer }) => answer?.body.items ?? []);
  return {
    byId: new Map(people.map((person) => [person.id, person])),
    missing: parts.some(({ answer }) => !answer),
    retryAfterSeconds: Math.max(0, ...parts.map(({ retryAfterSeconds }) => retryAfterSeconds)),
  };
}

/** A part that is shown with people's profiles: without them, while social is away, it is the last known of who is who. */
export function withProfiles<T>(part: T | undefined, now: Date, { people, retryAfterSeconds }: Sources): Section<T> {
  if (part !== undefined && people.missing) return stale(part, now, people.retryAfterSeconds);
  return fresh(part, now, retryAfterSeconds);
}

interface Sources {
  people: Profiles;
  /** When the part itself is worth asking for again. */
  retryAfterSeconds: number;
}
