import { Problem } from '#platform/problem';

interface Rule {
  /** `rate` is a number from 0 to 1, or a boolean for all or nothing. */
  type: 'integer' | 'rate' | 'string' | 'boolean';
  minimum?: number;
  /** Of a number, or of the length of a string. */
  maximum?: number;
  orBoolean?: true;
}

/** The body of a control by a few rules; unknown members are refused. */
export function readControl(
  body: unknown,
  rules: Record<string, Rule>,
  required: string[] = [],
): Record<string, unknown> {
  const input =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  const errors = [
    ...required
      .filter((name) => input[name] === undefined)
      .map((name) => ({ pointer: `/${name}`, message: 'is required' })),
    ...Object.entries(input).flatMap(([name, value]) => {
      const rule = rules[name];
      if (!rule) return [{ pointer: `/${name}`, message: `is not one of ${Object.keys(rules).join(', ')}` }];
      return fits(value, rule) ? [] : [{ pointer: `/${name}`, message: `must be ${describe(rule)}` }];
    }),
  ];
  if (errors.length > 0) throw new Problem('invalid_request', undefined, { errors });
  return input;
}

/** A boolean as all (1) or nothing (0). */
export function rate(value: unknown): number {
  return Number(value);
}

function fits(value: unknown, { type, minimum = 0, maximum = 1, orBoolean }: Rule): boolean {
  if (type === 'string') return typeof value === 'string' && value.length <= maximum;
  if (type === 'boolean') return typeof value === 'boolean';
  if (typeof value === 'boolean') return type === 'rate' || orBoolean === true;
  return (
    typeof value === 'number' && value >= minimum && value <= maximum && (type === 'rate' || Number.isInteger(value))
  );
}

function describe({ type, minimum = 0, maximum = 1, orBoolean }: Rule): string {
  if (type === 'string') return `text of at most ${String(maximum)} characters`;
  if (type === 'boolean') return 'true or false';
  const number = `${type === 'integer' ? 'a whole number' : 'a number'} from ${String(minimum)} to ${String(maximum)}`;
  return type === 'rate' || orBoolean ? `${number}, or true or false` : number;
}
