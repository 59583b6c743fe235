import type { Request } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { OperationEntry } from '#platform/document';
import { rateLimited } from '#platform/rate-limit';
import type { RateLimit } from '#platform/rate-limit';
import type { operations } from '#openapi/bff-mobile';
import { clientNetwork } from './client-network.ts';

interface AddressLimit extends RateLimit {
  operations: (keyof operations)[];
}

/**
 * What may be done how often from one address, in each copy of this process: ten times what social allows one person, since
 * many people share an address (a school, a carrier's gateway). It stops the many accounts of one machine.
 */
const limits: AddressLimit[] = [
  { name: 'register', quota: 2000, windowSeconds: 3600, operations: ['register'] },
  {
    name: 'post',
    quota: 3000,
    windowSeconds: 3600,
    operations: ['createPost', 'updatePost', 'publishDraft', 'repostPost'],
  },
  {
    name: 'follow',
    quota: 4000,
    windowSeconds: 3600,
    operations: ['followUser', 'blockUser', 'muteUser', 'addCircleMember'],
  },
  { name: 'react', quota: 6000, windowSeconds: 900, operations: ['setReaction', 'bookmarkPost'] },
  // Social bounds how many drafts there are, and not how often they are written: an app writes while somebody types.
  { name: 'draft', quota: 12_000, windowSeconds: 3600, operations: ['createDraft', 'putDraft'] },
  { name: 'search', quota: 1200, windowSeconds: 60, operations: ['search', 'getDiscoverScreen'] },
  { name: 'report', quota: 500, windowSeconds: 3600, operations: ['createReport'] },
];

/** A guard that counts requests by address; @throws rate_limited when the address has used up its quota of the window. */
export function createAddressGuard() {
  const limiters = new Map(
    limits.flatMap(({ operations: limited, ...limit }) => {
      const limiter = new RateLimiterMemory({ points: limit.quota, duration: limit.windowSeconds });
      return limited.map((operation) => [operation as string, { limiter, limit }] as const);
    }),
  );
  return async function guardAddress(
    _caller: unknown,
    { id }: OperationEntry,
    request: Pick<Request, 'ip'>,
  ): Promise<void> {
    const limited = limiters.get(id);
    if (!limited || request.ip === undefined) return;
    try {
      await limited.limiter.consume(clientNetwork(request.ip));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw rateLimited(limited.limit, Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    }
  };
}
