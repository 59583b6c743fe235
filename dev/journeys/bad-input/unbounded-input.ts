import type { Document, OperationEntry } from '../../../platform/document.ts';
import { intakeOf, meantSchema } from './contract-schema.ts';
import type { MeantSchema, Schema } from './contract-schema.ts';

/** The places where the contract lets a caller send as much as they like. */
export function findUnboundedInput(document: Document, entry: OperationEntry): string[] {
  const { parameters, body } = intakeOf(document, entry);
  return [
    ...parameters.flatMap(({ name, schema }) => unbounded(document, schema, name)),
    ...(body ? unbounded(document, body.schema, '') : []),
  ];
}

function unbounded(document: Document, schema: Schema, at: string): string[] {
  const meant = meantSchema(document, schema);
  const { type, properties = {}, items = {}, additionalProperties, maximum, maxItems } = meant;
  const missing = (name: string, bound: unknown) => (bound === undefined ? [`${at} has no ${name}`] : []);
  if (type === 'boolean') return [];
  if (type === 'string') return isOneOfFew(meant) ? [] : missing('maxLength', meant.maxLength);
  if (type === 'integer' || type === 'number') return missing('maximum', maximum);
  if (type === 'array') return [...missing('maxItems', maxItems), ...unbounded(document, items, `${at}/0`)];
  const members = Object.entries(properties).flatMap(([name, member]) => unbounded(document, member, `${at}/${name}`));
  return additionalProperties === false ? members : [...members, `${at} takes any member`];
}

function isOneOfFew({ enum: words, const: word, format = '' }: Schema | MeantSchema): boolean {
  return words !== undefined || word !== undefined || ['uuid', 'date', 'date-time'].includes(format);
}
