/** Reads and checks a process's configuration from the environment; names every missing or bad variable at once. */

type Reader<T> = (raw: string) => T;
interface Variable<T> {
  read: Reader<T>;
  fallback?: { value: T };
}
type Values<Shape> = { [Name in keyof Shape]: Shape[Name] extends Variable<infer T> ? T : never };

/** Thrown by `readEnv`; `run` prints it and exits with 1. */
export class ConfigError extends Error {
  constructor(faults: string[]) {
    super(`The configuration is not complete:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Any text that is not empty. */
export const text = (): Variable<string> => ({ read: (raw) => raw });

/** A TCP port, 1 to 65535 (0 asks the system for a free one; for tests). */
export const port = (): Variable<number> => integer({ min: 0, max: 65_535 });

/** A whole number within bounds. */
export function integer({ min = 0, max = Number.MAX_SAFE_INTEGER } = {}): Variable<number> {
  return {
    read: (raw) => {
      const value = Number(raw);
      if (!/^-?\d+$/.test(raw) || value < min || value > max) {
        throw new Error(`must be a whole number from ${String(min)} to ${String(max)}`);
      }
      return value;
    },
  };
}

/** `true` or `false`. */
export function flag(): Variable<boolean> {
  return {
    read: (raw) => {
      if (raw !== 'true' && raw !== 'false') throw new Error('must be true or false');
      return raw === 'true';
    },
  };
}

/** An absolute URL with one of the given schemes, without a slash at the end. */
export function url(...schemes: string[]): Variable<string> {
  const allowed = schemes.length > 0 ? schemes : ['http', 'https'];
  return {
    read: (raw) => {
      if (!URL.canParse(raw) || !allowed.includes(new URL(raw).protocol.slice(0, -1))) {
        throw new Error(`must be a URL that starts with ${allowed.map((scheme) => `${scheme}://`).join(' or ')}`);
      }
      return raw.replace(/\/+$/, '');
    },
  };
}

/** Words with commas between them; at least one. */
export function list(): Variable<string[]> {
  return {
    read: (raw) => {
      const words = raw
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== '');
      if (words.length === 0) throw new Error('must be one or more words with commas between them');
      return words;
    },
  };
}

/** The URL of a PostgreSQL database, with the role and its password. */
export const databaseUrl = (): Variable<string> => url('postgres', 'postgresql');

/** One of a few words. */
export function oneOf<const Word extends string>(...words: Word[]): Variable<Word> {
  return {
    read: (raw) => {
      const word = words.find((candidate) => candidate === raw);
      if (word === undefined) throw new Error(`must be one of ${words.join(', ')}`);
      return word;
    },
  };
}

/** A JSON value; `check` says what is wrong with it, or returns it typed. */
export function json<T>(check: (value: unknown) => T): Variable<T> {
  return {
    read: (raw) => {
      let value: unknown;
      try {
        value = JSON.parse(raw);
      } catch (cause) {
        throw new Error('must be JSON', { cause });
      }
      return check(value);
    },
  };
}

/** A value to take when the variable is not set. */
export function withDefault<T>(variable: Variable<T>, value: T): Variable<T> {
  return { ...variable, fallback: { value } };
}

/** Undefined when the variable is not set. */
export function optional<T>(variable: Variable<T>): Variable<T | undefined> {
  return { read: variable.read, fallback: { value: undefined } };
}

/**
 * Reads the variables of `shape` from `env`. A faulty value is not repeated in the error, since it may be a secret.
 * @throws ConfigError with one line for each missing or bad variable.
 */
export function readEnv<Shape extends Record<string, Variable<unknown>>>(
  env: NodeJS.ProcessEnv,
  shape: Shape,
): Values<Shape> {
  const faults: string[] = [];
  const values = Object.entries(shape).map(([name, variable]) => {
    const raw = env[name];
    if (raw === undefined || raw === '') {
      if (!variable.fallback) faults.push(`${name} is missing`);
      return [name, variable.fallback?.value];
    }
    try {
      return [name, variable.read(raw)];
    } catch (error) {
      faults.push(`${name} ${error instanceof Error ? error.message : 'is not valid'}`);
      return [name, undefined];
    }
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.fromEntries(values) as Values<Shape>;
}
