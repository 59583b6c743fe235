import type { Document, OperationEntry } from '../../../platform/document.ts';

/** As much of JSON Schema as the contracts use for what a caller sends. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  enum?: unknown[];
  const?: unknown;
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: Schema;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  minProperties?: number;
  uniqueItems?: boolean;
  example?: unknown;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

/** What an operation takes, with every reference followed as far as its own parts. */
export interface Intake {
  parameters: Parameter[];
  body: { schema: Schema; example: unknown } | undefined;
}

interface OperationParts {
  parameters?: unknown[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown } | undefined> };
}

export function intakeOf(document: Document, { path, operation }: OperationEntry): Intake {
  const { parameters = [], requestBody } = operation as OperationParts;
  const { parameters: shared = [] } = (document.paths[path] ?? {}) as OperationParts;
  const json = requestBody?.content['application/json'];
  return {
    parameters: [...shared, ...parameters].map((parameter) => follow<Parameter>(document, parameter)),
    body: json && { schema: json.schema, example: json.example },
  };
}

/** A schema of one type. */
export type MeantSchema = Omit<Schema, 'type'> & { type: string };

/** The schema that is meant: references followed, and of alternatives the one that is not null. */
export function meantSchema(document: Document, schema: Schema): MeantSchema {
  const followed = follow<Schema>(document, schema);
  const alternative = followed.oneOf?.find((each) => each.type !== 'null');
  if (alternative) return meantSchema(document, alternative);
  const [type = 'object'] = typesOf(followed).filter((each) => each !== 'null');
  return { ...followed, type };
}

export function takesNull(document: Document, schema: Schema): boolean {
  const { oneOf = [], ...followed } = follow<Schema>(document, schema);
  return [followed, ...oneOf].some((each) => typesOf(each).includes('null'));
}

function typesOf({ type = [] }: Schema): string[] {
  return typeof type === 'string' ? [type] : type;
}

function follow<T>(document: Document, part: unknown): T {
  const { $ref } = part as { $ref?: string };
  if ($ref === undefined) return part as T;
  const names = $ref.replace('#/', '').split('/');
  const target = names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
  return follow<T>(document, target);
}
