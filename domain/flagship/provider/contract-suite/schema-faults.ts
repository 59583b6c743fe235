import type { Document } from '#platform/document';

/** The part of JSON Schema that the contracts use. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  oneOf?: Schema[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
}
const formats: Record<string, RegExp> = {
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
  uri: /^[a-z][a-z0-9+.-]*:/i,
};

/** What of a value does not fit its schema: one line for each place, none when it fits. */
export function schemaFaults(document: Document, schema: Schema, value: unknown, place = ''): string[] {
  if (schema.$ref !== undefined) return schemaFaults(document, resolve(document, schema.$ref), value, place);
  if (schema.oneOf) return choiceFaults(document, schema.oneOf, value, place);
  const at = place === '' ? '/' : place;
  const wrong = kindFaults(schema, value, at);
  if (wrong.length > 0) return wrong;
  if (typeof value === 'string') return textFaults(schema, value, at);
  if (typeof value === 'number') return numberFaults(schema, value, at);
  if (Array.isArray(value)) return listFaults(document, schema, value, place);
  return typeof value === 'object' && value !== null
    ? objectFaults(document, schema, value as Record<string, unknown>, place)
    : [];
}

/** Those of the option that comes nearest. */
function choiceFaults(document: Document, options: Schema[], value: unknown, place: string): string[] {
  const tries = options.map((option) => schemaFaults(document, option, value, place));
  return tries.reduce((shortest, faults) => (faults.length < shortest.length ? faults : shortest));
}

function kindFaults(schema: Schema, value: unknown, at: string): string[] {
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) return [`${at} is not ${types.join(' or ')}`];
  if (schema.const !== undefined && value !== schema.const) return [`${at} is not ${JSON.stringify(schema.const)}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum.join(', ')}`];
  return [];
}

function resolve(document: Document, reference: string): Schema {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], document) as Schema;
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function textFaults({ pattern, format, minLength = 0, maxLength }: Schema, value: string, at: string): string[] {
  const form = format === undefined ? undefined : formats[format];
  return [
    ...(value.length < minLength || value.length > (maxLength ?? value.length)
      ? [`${at} is too short or too long`]
      : []),
    ...(pattern !== undefined && !new RegExp(pattern, 'u').test(value) ? [`${at} does not match ${pattern}`] : []),
    ...(form && !form.test(value) ? [`${at} is no ${String(format)}`] : []),
  ];
}

function numberFaults({ minimum, maximum }: Schema, value: number, at: string): string[] {
  return value < (minimum ?? value) || value > (maximum ?? value) ? [`${at} is outside its limits`] : [];
}

function listFaults(document: Document, { items, maxItems }: Schema, list: unknown[], place: string): string[] {
  const tooLong =
    maxItems !== undefined && list.length > maxItems ? [`${place} has more than ${String(maxItems)} items`] : [];
  const inside = items
    ? list.flatMap((item, index) => schemaFaults(document, items, item, `${place}/${String(index)}`))
    : [];
  return [...tooLong, ...inside];
}

function objectFaults(document: Document, schema: Schema, object: Record<string, unknown>, place: string): string[] {
  const { required = [], properties = {}, additionalProperties } = schema;
  return [
    ...required.filter((name) => !(name in object)).map((name) => `${place}/${name} is missing`),
    ...Object.entries(object).flatMap(([name, member]) => {
      const known = properties[name];
      if (known) return schemaFaults(document, known, member, `${place}/${name}`);
      return additionalProperties === false ? [`${place}/${name} is not in the contract`] : [];
    }),
  ];
}
