import { readFileSync } from 'node:fs';

/** As much of an OpenAPI document as platform looks at. */
export interface Document {
  openapi: string;
  info: { title: string; version: string; description?: string };
  security?: SecurityRequirement[];
  paths: Record<string, PathItem>;
  components?: { securitySchemes?: Record<string, SecurityScheme> };
}
interface SecurityScheme {
  type: string;
  scheme?: string;
  in?: string;
  name?: string;
  [extension: `x-${string}`]: unknown;
}
type PathItem = Partial<Record<Method, OperationObject>> & { parameters?: OrReference<ParameterObject>[] };
export interface OperationObject {
  operationId: string;
  security?: SecurityRequirement[];
  summary?: string;
  parameters?: OrReference<ParameterObject>[];
  requestBody?: OrReference<{ content?: Record<string, { schema?: OrReference<SchemaObject> }> }>;
  [extension: `x-${string}`]: unknown;
}
interface ParameterObject {
  name: string;
  in: string;
  schema?: OrReference<SchemaObject>;
}
export interface SchemaObject {
  type?: string | string[];
  format?: string;
  items?: OrReference<SchemaObject>;
  properties?: Record<string, OrReference<SchemaObject>>;
  allOf?: OrReference<SchemaObject>[];
  anyOf?: OrReference<SchemaObject>[];
  oneOf?: OrReference<SchemaObject>[];
}
/** A part, or where it stands in the document. */
export type OrReference<Part> = Part | { $ref: string };
type SecurityRequirement = Record<string, string[]>;

/** The HTTP methods that operations use. */
/** One code of a document's catalogue (`x-problems`). */
export interface ProblemEntry {
  status: number;
  title: string;
  cause: string;
  fix: string;
  retryable: boolean;
}

export const methods = ['get', 'put', 'post', 'patch', 'delete'] as const;
export type Method = (typeof methods)[number];

export interface OperationEntry {
  id: string;
  method: Method;
  /** The templated path, as `/v1/posts/{postId}`. */
  path: string;
  operation: OperationObject;
  /** Empty where the operation is open to everyone. */
  security: SecurityRequirement[];
}

/** Reads a bundled contract by its name (`social`), as `npm run generate` made it. */
export function loadDocument(name: string): Document {
  const file = new URL(`../openapi/generated/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Document;
}

/** Every operation of a document. */
export function listOperations(document: Document): OperationEntry[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      return [
        { id: operation.operationId, method, path, operation, security: operation.security ?? document.security ?? [] },
      ];
    }),
  );
}

/** The part itself, where `part` may only say where it stands. */
export function follow<Part extends object>(document: Document, part: OrReference<Part>): Part {
  if (!('$ref' in part)) return part;
  const names = part.$ref.replace('#/', '').split('/');
  return follow(document, names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document) as Part);
}
