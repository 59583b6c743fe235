import type { Document } from '../../../platform/document.ts';
import { meantSchema } from './contract-schema.ts';
import type { MeantSchema, Schema } from './contract-schema.ts';

const byFormat: Record<string, string> = {
  uuid: '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e',
  date: '2099-06-30',
  'date-time': '2026-11-22T09:30:00Z',
  email: 'somebody@example.com',
  uri: 'https://clync.example/',
};

/**
 * A value that the contract takes: its example with every optional member beside it, and the real ids of `known` where a
 * member or parameter has such a name.
 */
export function goodValue(
  document: Document,
  schema: Schema,
  known: Record<string, string>,
  { name = '', example }: { name?: string; example?: unknown } = {},
): unknown {
  const meant = meantSchema(document, schema);
  const shown = example ?? schema.example ?? meant.example;
  if (known[name] !== undefined) return known[name];
  if (meant.type === 'object') return goodObject(document, meant, known, shown);
  if (shown !== undefined) return shown;
  if (meant.type !== 'array') return simpleValue(meant);
  return [goodValue(document, meant.items ?? {}, known, { name: name.replace(/s$/, '') })];
}

function goodObject(document: Document, schema: MeantSchema, known: Record<string, string>, example: unknown): object {
  const members = Object.entries(schema.properties ?? {}).map(([name, member]) => {
    const given = (example as Record<string, unknown> | undefined)?.[name];
    return [name, goodValue(document, member, known, { name, example: given })];
  });
  return Object.fromEntries(members) as object;
}

function simpleValue({ type, format = '', minimum = 1, minLength = 1, ...schema }: MeantSchema): unknown {
  const fixed = schema.const ?? schema.enum?.[0];
  if (fixed !== undefined) return fixed;
  if (type === 'integer' || type === 'number') return minimum;
  if (type === 'boolean') return true;
  return byFormat[format] ?? 'a'.repeat(Math.max(minLength, 3));
}
