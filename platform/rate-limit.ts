import { Problem } from './problem.ts';

/** How often something may be done in a fixed window of time. */
export interface RateLimit {
  /** The name of the policy, as the headers give it. */
  name: string;
  quota: number;
  windowSeconds: number;
}

/**
 * 429 `rate_limited`, with the seconds until the window ends. The headers say what is enforced, as
 * draft-ietf-httpapi-ratelimit-headers-10 writes it and, for older clients, as its third version did.
 */
export function rateLimited({ name, quota, windowSeconds }: RateLimit, retryAfterSeconds: number): Problem {
  return new Problem('rate_limited', `At most ${String(quota)} times in ${String(windowSeconds)} seconds.`, {
    headers: {
      'Retry-After': String(retryAfterSeconds),
      'RateLimit-Policy': `"${name}";q=${String(quota)};w=${String(windowSeconds)}`,
      RateLimit: `"${name}";r=0;t=${String(retryAfterSeconds)}`,
      'RateLimit-Limit': String(quota),
      'RateLimit-Remaining': '0',
      'RateLimit-Reset': String(retryAfterSeconds),
    },
  });
}
