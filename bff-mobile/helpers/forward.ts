import type { ContractFunction, ContractReply } from '#platform/contract-client';
import type { BodyOf, HeadersOf, Operation, PathOf, QueryOf } from '#platform/contract';
import type { ServiceCall } from '#platform/service-client';
import type { MobileCaller } from '../middleware/mobile-caller.ts';

export interface ForwardedCall<O extends Operation> {
  caller: MobileCaller;
  path: PathOf<O>;
  query: QueryOf<O>;
  headers: object;
  body: BodyOf<O>;
}

const forwardedHeaders = ['Idempotency-Key', 'If-Match'];

/**
 * A handler that asks a domain service's operation of the same shape, for the signed-in person, and passes the answer
 * on unparsed. The compiler holds the two contracts against each other.
 */
export function forward<O extends Operation>(
  operation: ContractFunction<O, ServiceCall>,
): (call: ForwardedCall<O>) => Promise<ContractReply<O>> {
  const ask = operation as (call: object) => Promise<ContractReply<O>>;
  return ({ caller, path, query, headers, body }) =>
    ask({
      caller: { userId: caller.userId },
      path,
      query,
      headers: pickHeaders(headers),
      body,
    });
}

function pickHeaders(headers: object): HeadersOf<Operation> & object {
  const received = headers as Record<string, string | undefined>;
  return Object.fromEntries(forwardedHeaders.map((name) => [name, received[name.toLowerCase()]]));
}
