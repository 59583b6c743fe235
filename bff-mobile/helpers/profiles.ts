import type { components } from '#openapi/social';
import type { Context } from '../context.ts';
import { attempt } from './screen.ts';
import { fresh, stale } from './section.ts';
import type { Section } from './section.ts';

type Person = components['schemas']['Person'];

interface Profiles {
  /** The people whom the caller can see. */
  byId: Map<string, Person>;
  /** Whether social could not be asked, so that nobody's profile is known. */
  missing: boolean;
  retryAfterSeconds: number;
}

/** The people behind ids, at most 100 of them, in one batch; nobody is asked for none. */
export async function profilesOf(
  { social }: Pick<Context, 'social'>,
  caller: { userId: string },
  { ids = [], timeoutMs }: { ids: string[] | undefined; timeoutMs: number },
): Promise<Profiles> {
  const asked = [...new Set(ids)].slice(0, 100);
  if (asked.length === 0) return { byId: new Map(), missing: false, retryAfterSeconds: 0 };
  const { answer, retryAfterSeconds } = await attempt(
    social.listProfiles({ caller, query: { ids: asked }, timeoutMs }),
  );
  const byId = new Map(answer?.body.items.map((person) => [person.id, person]));
  return { byId, missing: !answer, retryAfterSeconds };
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
