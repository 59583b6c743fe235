import type { Section } from '../services/sections.ts';

/** A section of a screen: what `select` shows of it, or that its source does not answer. */
export function presentSection<T, Data>(section: Section<T>, select: (data: T) => Data) {
  if (section.status === 'unavailable') {
    return { status: section.status, retryAfterSeconds: section.retryAfterSeconds, data: null };
  }
  return { status: section.status, asOf: section.asOf.toISOString(), data: select(section.data) };
}
