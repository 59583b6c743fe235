import type { Request, RequestHandler } from 'express';
import { follow } from './document.ts';
import type { Document, OperationEntry, OrReference, SchemaObject } from './document.ts';

/**
 * Writes the ids of a body in small letters, before the contract is held against it. Capital ones mean the same (RFC 9562,
 * section 4) and some platforms write them, but ids are compared as text: in JSON, as keys of maps, by `uniqueItems`.
 */
export function lowerCaseBodyIds(document: Document, { operation }: OperationEntry): RequestHandler {
  const { content } = follow(document, operation.requestBody ?? {});
  const schema = content?.['application/json']?.schema;

  return (request, _response, next) => {
    if (schema) request.body = lowerCaseIds(document, schema, request.body);
    next();
  };
}

/** The same for path and query, after the validator has put what is there into its shape. */
export function lowerCaseParameterIds(document: Document, { path, operation }: OperationEntry): RequestHandler {
  const ofPath = document.paths[path]?.parameters ?? [];
  const parameters = [...ofPath, ...(operation.parameters ?? [])].map((parameter) => follow(document, parameter));

  return (request, _response, next) => {
    for (const { name, in: place, schema } of parameters) {
      const values = valuesIn(request, place);
      if (schema && values && name in values) values[name] = lowerCaseIds(document, schema, values[name]);
    }
    next();
  };
}

function valuesIn(request: Request, place: string): Record<string, unknown> | undefined {
  if (place === 'path') return request.params;
  return place === 'query' ? request.query : undefined;
}

/** The value may be anything: it has not been held against its schema. */
function lowerCaseIds(document: Document, schema: OrReference<SchemaObject>, value: unknown): unknown {
  const { format, items, properties = {}, allOf = [], anyOf = [], oneOf = [] } = follow(document, schema);
  if (format === 'uuid' && typeof value === 'string') return value.toLowerCase();
  if (items && Array.isArray(value)) return value.map((item) => lowerCaseIds(document, items, item));
  if (isObject(value))
    for (const [name, part] of Object.entries(properties))
      if (Object.hasOwn(value, name)) value[name] = lowerCaseIds(document, part, value[name]);
  return [...allOf, ...anyOf, ...oneOf].reduce((read, part) => lowerCaseIds(document, part, read), value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
