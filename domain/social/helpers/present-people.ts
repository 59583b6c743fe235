import type { Page } from '#platform/page';
import type { components } from '#openapi/social';
import type { PersonRow } from '../services/people.ts';
import { presentPerson } from './present-person.ts';

export function presentPeople(page: Page<PersonRow>, mediaBase: string): components['schemas']['PersonPage'] {
  return { items: page.items.map((row) => presentPerson(row, mediaBase)), nextCursor: page.nextCursor };
}
