import { problemOf } from '#platform/errors';
import { RawJson, composeJson } from '#platform/raw-json';
import { nothingToServe } from '../errors.ts';
import { screenTag } from './section.ts';
import type { Section } from './section.ts';

/** What a call for a screen came to: an answer, or when to try again. */
export interface Attempt<Answer> {
  answer?: Answer;
  retryAfterSeconds: number;
}

// A screen has 800 ms; what has not answered by then is stale or unavailable. Cards of pockets are asked for after the posts they stand in.
export const domainMs = 700;
export const cardsMs = 100;

/** Waits for a call; a failure that the caller may know of becomes a missing answer, anything else stays an error. */
export async function attempt<Answer>(call: Promise<Answer>): Promise<Attempt<Answer>> {
  try {
    return { answer: await call, retryAfterSeconds: 0 };
  } catch (error) {
    const problem = problemOf(error);
    if (problem?.status !== 503) throw error;
    return { retryAfterSeconds: Number(problem.headers['Retry-After'] ?? 5) };
  }
}

/**
 * A screen as its reply: 503 when no section could be served. `Sections` is what the contract says of the screen; `tagged`, where it
 * is given, are the sections as the ETag sees them, without what moves by itself.
 */
export function presentScreen<Name extends string, Sections extends Record<string, unknown>>(
  screen: { name: Name; userId: string; now: Date },
  sections: { [Key in keyof Sections]: Section<unknown> },
  tagged: Record<string, Section<unknown>> = sections,
) {
  if (Object.values<Section<unknown>>(sections).every(({ status }) => status === 'unavailable')) throw nothingToServe();
  const body = { screen: screen.name, generatedAt: screen.now, sections };
  return {
    status: 200 as const,
    etag: screenTag(screen.userId, tagged),
    body: new RawJson<{ screen: Name; generatedAt: string; sections: Sections }>(composeJson(body)),
  };
}
