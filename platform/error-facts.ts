/** What a log line keeps of an error. */
interface ErrorFacts {
  type: string;
  message: string;
  stack: string | undefined;
  code?: string | number;
  cause?: ErrorFacts;
}

const deepestCause = 5;
// Prisma puts the call with all that it was to write between what it says of the place and what was wrong.
const echoOfCall = /^(\s*Invalid `[^`]*` invocation)[^]*\n\n/;

/**
 * An error as a log line has it: type, message, the frames of its stack, code, and the causes behind it. Nothing else that
 * libraries hang on their errors is written down: `meta`, `detail` and `hint` of a database error hold whole rows, `options` of
 * a failed call its token.
 */
export function presentError(error: unknown): unknown {
  if (error instanceof Error) return factsOf(error);
  return typeof error === 'object' && error !== null ? { type: 'Object' } : error;
}

function factsOf(error: Error, depth = 0): ErrorFacts {
  const { code, cause } = error as Error & { code?: unknown };
  return {
    type: error.constructor.name,
    message: error.message.replace(echoOfCall, '$1: ').trim(),
    stack: error.stack?.match(/^ {4}at .*$/gm)?.join('\n'),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(cause instanceof Error && depth < deepestCause && { cause: factsOf(cause, depth + 1) }),
  };
}
