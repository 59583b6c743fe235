/**
 * Which processes may call an operation, as its contract says: `x-callers` of the operation for those that call for themselves
 * (`service`), `x-callers` of the security scheme for those that speak for a person or for staff. Whoever holds the key of one
 * process can therefore do what that process does, and nothing else.
 */
import type { CallerKind } from './caller.ts';
import { listOperations } from './document.ts';
import type { Document, OperationEntry } from './document.ts';

const kinds: readonly CallerKind[] = ['member', 'staff', 'service'];

/** The processes that may call an operation with a token of a kind. */
export function callersOf(document: Document, { operation }: OperationEntry, kind: CallerKind): readonly string[] {
  const named =
    kind === 'service' ? operation['x-callers'] : document.components?.securitySchemes?.[kind]?.['x-callers'];
  return Array.isArray(named) ? (named as string[]) : [];
}

/** Refuses to start a process of whose operations one does not say who may call it, or only names whom nobody here trusts. */
export function assertCallable(document: Document, trusted: readonly string[]): void {
  for (const entry of listOperations(document)) {
    const taken = kinds.filter((kind) => entry.security.some((requirement) => kind in requirement));
    const callers = taken.map((kind) => callersOf(document, entry, kind));
    if (callers.some((named) => named.length === 0))
      throw new Error(`${entry.id} does not say who may call it (x-callers)`);
    if (taken.length > 0 && !callers.flat().some((caller) => trusted.includes(caller)))
      throw new Error(`${entry.id} names nobody in x-callers whose key is trusted`);
  }
}
