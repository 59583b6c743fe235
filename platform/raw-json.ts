/**
 * JSON that is passed on without being parsed: as PostgreSQL or another service made it. The type parameter says what
 * it holds; tests and development parse and validate it against the contract.
 */
export class RawJson<T> {
  readonly bytes: Buffer;
  declare private readonly holds: T;

  constructor(json: Buffer | string) {
    this.bytes = typeof json === 'string' ? Buffer.from(json) : json;
  }

  parse(): T {
    return JSON.parse(this.bytes.toString()) as T;
  }
}

/** Writes a tree as JSON, splicing in the parts that are raw already. */
export function composeJson(value: unknown): string {
  if (value instanceof RawJson) return value.bytes.toString();
  if (Array.isArray(value)) return `[${value.map((item) => composeJson(item ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object' || 'toJSON' in value) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${composeJson(member)}`).join(',')}}`;
}
