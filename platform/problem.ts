import { problems } from '#openapi/problems';

/** Every code that the contracts list; anything else does not compile. */
export type ProblemCode = keyof typeof problems;

/** One wrong place in a request: a JSON Pointer into the body, or the name of a parameter or header. */
export interface FieldError {
  pointer?: string;
  parameter?: string;
  header?: string;
  message: string;
}

interface ProblemOptions {
  errors?: FieldError[];
  /** Extra members of the answer, such as `blockers`. */
  extensions?: Record<string, unknown>;
  headers?: Record<string, string>;
  cause?: unknown;
}

/**
 * What a caller may know of a failure (RFC 9457). Status, title and whether to retry come from the catalogue in the
 * contracts; `detail` says what happened this time and must hold no secret. Anything thrown that is not a Problem is a
 * bug: it is answered as `internal_error` and logged.
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
  readonly detail: string | undefined;
  readonly errors: FieldError[] | undefined;
  readonly extensions: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail?: string, options: ProblemOptions = {}) {
    super(detail ?? problems[code].title, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = problems[code].status;
    this.title = problems[code].title;
    this.retryable = problems[code].retryable;
    this.detail = detail;
    this.errors = options.errors;
    this.extensions = options.extensions ?? {};
    this.headers = { ...(this.status === 503 && { 'Retry-After': '1' }), ...options.headers };
  }

  /** The body of the answer. `docsUrl` is where the pages of the catalogue are served; `traceId` becomes `instance`. */
  toBody(docsUrl: string, traceId: string): Record<string, unknown> {
    return {
      type: `${docsUrl}/problems/${this.code}`,
      title: this.title,
      status: this.status,
      ...(this.detail !== undefined && { detail: this.detail }),
      instance: traceId,
      code: this.code,
      retryable: this.retryable,
      ...(this.errors && { errors: this.errors }),
      ...this.extensions,
    };
  }
}

/** Whether a word is a code of the catalogue; for problems that arrive from another service. */
export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(problems, code);
}
