/** Turns whatever was thrown into the Problem that the caller sees, or undefined when it is a bug of ours. */
import { problemOfDatabaseError } from './database-errors.ts';
import { Problem } from './problem.ts';
import type { FieldError, ProblemCode } from './problem.ts';

interface HttpError {
  status: number;
  type?: string;
  message: string;
  headers?: Record<string, string>;
  errors?: { path?: string; message?: string }[];
}

const byStatus: Partial<Record<number, ProblemCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

/** A Problem as it is; the validator's, Express's and the database's errors translated; undefined for anything else. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof URIError) return new Problem('invalid_request', 'The path is not valid percent-encoding.');
  return isHttpError(error) ? problemOfHttpError(error) : problemOfDatabaseError(error);
}

function problemOfHttpError(error: HttpError): Problem | undefined {
  if (error.type === 'entity.parse.failed' || error.type === 'encoding.unsupported')
    return new Problem('malformed_body');
  const code = byStatus[error.status];
  if (code === undefined) return undefined;
  const errors = error.errors?.map(({ path = '', message = '' }) => fieldError(path, message));
  return new Problem(code, undefined, { cause: error, ...(code === 'invalid_request' && errors && { errors }) });
}

/** The validator says `/body/amount`, `/query/limit`, `/params/id` or `/headers/if-match`. */
function fieldError(path: string, message: string): FieldError {
  const [, place, ...rest] = path.split('/');
  const name = rest.join('/');
  if (place === 'query' || place === 'params') return { parameter: name, message };
  if (place === 'headers') return { header: name, message };
  return { pointer: rest.length > 0 ? `/${name}` : '', message };
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500;
}
