import type { Request } from 'express';
import { listOperations } from './document.ts';
import type { Document, OperationEntry } from './document.ts';
import { Problem } from './problem.ts';

/** Finds the caller by one security scheme: undefined without credentials of its kind, a Problem when they are bad. */
export type Authenticator<Caller> = (
  request: Request,
  entry: OperationEntry,
) => Promise<Caller | undefined> | Caller | undefined;
export type Authenticators<Caller> = Record<string, Authenticator<Caller>>;

/**
 * Refuses to start a process whose contract leaves a door open: an operation without security that is not listed in
 * `open`, a scheme that nobody authenticates, or several schemes at once (which would have to be ANDed).
 */
export function assertSecured(
  document: Document,
  authenticators: Authenticators<unknown>,
  open: readonly string[],
): void {
  for (const { id, security } of listOperations(document)) {
    const isOpen = security.length === 0 || security.some((requirement) => Object.keys(requirement).length === 0);
    if (isOpen && !open.includes(id))
      throw new Error(`${id} has no security and is not on the list of open operations`);
    for (const scheme of security.flatMap((requirement) => Object.keys(requirement))) {
      if (!authenticators[scheme])
        throw new Error(`${id} names the security scheme ${scheme}, which nobody authenticates`);
    }
    if (security.some((requirement) => Object.keys(requirement).length > 1)) {
      throw new Error(`${id} asks for several security schemes at once`);
    }
  }
}

/**
 * The caller of an operation: the first of its schemes that knows the credentials. Where the contract allows an
 * anonymous caller (`security: []` or `{}`), missing or bad credentials give undefined.
 * @throws the Problem of the last scheme that refused; `unauthenticated` when no credentials were sent.
 */
export async function authenticate<Caller>(
  request: Request,
  entry: OperationEntry,
  authenticators: Authenticators<Caller>,
): Promise<Caller | undefined> {
  const { security } = entry;
  let refusal: Error | undefined;
  for (const scheme of security.flatMap((requirement) => Object.keys(requirement))) {
    try {
      const caller = await authenticators[scheme]?.(request, entry);
      if (caller !== undefined) return caller;
    } catch (error) {
      refusal = error instanceof Error ? error : new Error('the authenticator failed', { cause: error });
    }
  }
  if (security.length === 0 || security.some((requirement) => Object.keys(requirement).length === 0)) return undefined;
  throw refusal ?? new Problem('unauthenticated', 'Send a token in the Authorization header.');
}
