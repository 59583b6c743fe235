/**
 * What social holds of a person, each kind of row a section. Only what is theirs: what others wrote or keep to themselves (who
 * has blocked or muted them, whose circle they are in) is not in it, and no secret either. A test knows every table that a
 * person's id stands in.
 */
import { notices, rules } from './sections-of-notices.ts';
import { others, who } from './sections-of-person.ts';
import { doings, writings } from './sections-of-posts.ts';
import type { SocialSection } from './social-section.ts';

export const socialSections: SocialSection[] = [...who, ...writings, ...doings, ...others, ...notices, ...rules];
