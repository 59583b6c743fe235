import type { RequestHandler } from 'express';
import type { Document, OperationEntry, ParameterObject } from './document.ts';
import { Problem } from './problem.ts';

/**
 * Refuses numbers in the query that are not written in digits. The validator turns text into numbers by JavaScript's
 * rules: it takes `0x10`, and `1e400` becomes Infinity, which it then holds against no minimum or maximum.
 */
export function requirePlainNumbers(document: Document, { operation }: OperationEntry): RequestHandler {
  const names = (operation.parameters ?? [])
    .map((parameter) => follow(document, parameter))
    .filter((parameter) => parameter.in === 'query' && parameter.schema?.type === 'integer')
    .map(({ name }) => name);

  return (request, _response, next) => {
    const wrong = names.filter((name) => {
      const value = request.query[name];
      return typeof value === 'string' && !/^-?\d+$/.test(value);
    });
    if (wrong.length > 0) {
      const errors = wrong.map((parameter) => ({ parameter, message: 'must be a whole number in digits' }));
      throw new Problem('invalid_request', undefined, { errors });
    }
    next();
  };
}

type Parameter = Extract<ParameterObject, { name: string }>;

function follow(document: Document, parameter: ParameterObject): Parameter {
  if (parameter.$ref === undefined) return parameter;
  const names = parameter.$ref.replace('#/', '').split('/');
  return names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document) as Parameter;
}
