import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** The values of `environments/.env.development`. */
export interface Settings {
  get(name: string): string;
  /** Some of them, as environment variables of the same names. */
  pick(...names: string[]): Record<string, string>;
}

/** Reads the settings; a variable of the same name in the environment wins. */
export function readSettings(file = 'environments/.env.development'): Settings {
  const written = parseEnv(readFileSync(file, 'utf8'));

  function get(name: string): string {
    // A test runner's own NODE_ENV is not meant for the stack that it starts.
    const value = (name === 'NODE_ENV' ? undefined : process.env[name]) ?? written[name];
    if (value === undefined) throw new Error(`${file} does not say ${name}`);
    return value;
  }
  return { get, pick: (...names) => Object.fromEntries(names.map((name) => [name, get(name)])) };
}
