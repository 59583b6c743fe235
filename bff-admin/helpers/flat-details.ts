import type { Details } from '../services/audit-log.ts';

/** A payload as an audit line holds it: the members of what is nested stand beside the others, named with a dot. */
export function flatDetails(payload: object, prefix = ''): Details {
  const members = Object.entries(payload).map(([name, value]: [string, unknown]): Details => {
    const isNested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isNested ? flatDetails(value, `${prefix}${name}.`) : { [prefix + name]: value as Details[string] };
  });
  return Object.assign({}, ...members) as Details;
}
