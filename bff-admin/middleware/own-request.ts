import { timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { csrfRefused } from '../errors.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets an unsafe request that carries the session cookie pass only when it comes from the portal's own pages: the session's
 * token must be in it, and neither `Sec-Fetch-Site` nor `Origin` may name another site.
 */
export function assertOwnRequest(
  request: Request,
  { portalUrl, csrfToken }: { portalUrl: string; csrfToken: string },
): void {
  if (safeMethods.has(request.method)) return;
  assertSameOrigin(request, portalUrl);
  assertCsrfToken(request.get('x-csrf-token'), csrfToken);
}

/** By `Sec-Fetch-Site` and `Origin`, as far as the browser sends them. Only beside the first may `Origin` be hidden. */
export function assertSameOrigin(request: Request, portalUrl: string): void {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  // Our own referrer policy makes it `null` on our own pages.
  const isHidden = site !== undefined && origin === 'null';
  const isOwn =
    (site === undefined || site === 'same-origin') &&
    (origin === undefined || isHidden || origin === new URL(portalUrl).origin);
  if (!isOwn) throw csrfRefused('The browser says that the request comes from another site.');
}

export function assertCsrfToken(sent: string | undefined, expected: string): void {
  const [a, b] = [Buffer.from(sent ?? ''), Buffer.from(expected)];
  if (a.length !== b.length || !timingSafeEqual(a, b))
    throw csrfRefused('X-CSRF-Token is missing or not the one of this session.');
}
