import { Problem } from '#platform/problem';
import type { ProblemCode } from '#platform/problem';

export function isProblem(error: unknown, code: ProblemCode): error is Problem {
  return error instanceof Problem && error.code === code;
}
