import type { RequestHandler } from 'express';
import { follow } from './document.ts';
import type { Document, OperationEntry } from './document.ts';
import { Problem } from './problem.ts';

/**
 * Refuses numbers in the query that are not written in digits. The validator turns text into numbers by JavaScript's
 * rules: it takes `0x10`, and `1e400` becomes Infinity, which it then holds against no minimum or maximum.
 */
export function requirePlainNumbers(document: Document, { operation }: OperationEntry): RequestHandler {
  const names = (operation.parameters ?? [])
    .map((parameter) => follow(document, parameter))
    .filter(({ in: place, schema }) => place === 'query' && schema && follow(document, schema).type === 'integer')
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
