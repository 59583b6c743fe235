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

  /** The members of the object that it is, each still raw: one pass over the bytes instead of a parse. */
  members(): { [Name in keyof T]: RawJson<T[Name]> } {
    return Object.fromEntries(splitMembers(this.bytes)) as { [Name in keyof T]: RawJson<T[Name]> };
  }
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;

/** Splits the text of a well-formed JSON object at its top level. */
function splitMembers(bytes: Buffer): [string, RawJson<unknown>][] {
  const members: [string, RawJson<unknown>][] = [];
  const end = bytes.lastIndexOf('}');
  let start = bytes.indexOf('{') + 1;
  while (start < end) {
    const nameEnd = endOfValue(bytes, start, end, colon);
    const valueEnd = endOfValue(bytes, nameEnd + 1, end, comma);
    const name = bytes.toString('utf8', start, nameEnd).trim();
    if (name !== '') members.push([JSON.parse(name) as string, new RawJson(bytes.subarray(nameEnd + 1, valueEnd))]);
    start = valueEnd + 1;
  }
  return members;
}

/** The place of the next `separator` that stands in no string and no nested value, or `end`. */
function endOfValue(bytes: Buffer, from: number, end: number, separator: number): number {
  let depth = 0;
  for (let i = from; i < end; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === quote) i = endOfString(bytes, i);
    else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    else if (byte === separator && depth === 0) return i;
  }
  return end;
}

/** The place of the quote that ends the string which begins at `from`. */
function endOfString(bytes: Buffer, from: number): number {
  let end = bytes.indexOf(quote, from + 1);
  for (;;) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === backslash) backslashes += 1;
    if (backslashes % 2 === 0 || end === -1) return end === -1 ? bytes.length : end;
    end = bytes.indexOf(quote, end + 1);
  }
}

/** Writes a tree as JSON, splicing in the parts that are raw already; these stay bytes on the way. */
export function composeJson(value: unknown): Buffer {
  if (value instanceof RawJson) return value.bytes;
  const pieces: Buffer[] = [];
  let text = '';

  function write(part: unknown): void {
    if (part instanceof RawJson) {
      pieces.push(Buffer.from(text), part.bytes);
      text = '';
    } else if (!holdsRaw(part)) {
      text += JSON.stringify(part);
    } else if (Array.isArray(part)) {
      writeList('[', part.map((item) => ['', item ?? null]), ']'); // prettier-ignore
    } else {
      const members = Object.entries(part).filter(([, member]) => member !== undefined);
      writeList('{', members.map(([name, member]) => [`${JSON.stringify(name)}:`, member]), '}'); // prettier-ignore
    }
  }

  function writeList(open: string, items: [before: string, value: unknown][], close: string): void {
    text += open;
    for (const [index, [before, item]] of items.entries()) {
      text += index === 0 ? before : `,${before}`;
      write(item);
    }
    text += close;
  }

  write(value);
  return Buffer.concat([...pieces, Buffer.from(text)]);
}

/** Most trees hold nothing raw, and JSON.stringify alone writes them in a fifth of the time. */
function holdsRaw(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof RawJson || Object.values(value).some(holdsRaw);
}
