import type { RequestHandler } from 'express';

/** How an endpoint answers: as it should, never, with a page in place of JSON, or with a 500. */
export type Fault = 'none' | 'hang' | 'html' | 'error';
export const FAULTS: readonly Fault[] = ['none', 'hang', 'html', 'error'];

export type Endpoint = 'metadata' | 'keys' | 'token';

/** How often each endpoint was asked. */
export type RequestCounts = Record<Endpoint, number>;

export type Faults = {
  metadata: Fault;
  keys: Fault;
  token: Fault;
  /** Added to the clock that stamps tokens: a wrong clock at the identity provider. */
  clockOffsetSeconds: number;
};

export function noFaults(): Faults {
  return { metadata: 'none', keys: 'none', token: 'none', clockOffsetSeconds: 0 };
}

/** Changes the faults that are named; false, and nothing changed, when a name or a value is not known. */
export function applyFaults(faults: Faults, changes: Record<string, unknown>): boolean {
  const fits = Object.entries(changes).every(([name, value]) =>
    name === 'clockOffsetSeconds' ? Number.isInteger(value) : isEndpoint(name) && FAULTS.some((one) => one === value),
  );
  if (fits) Object.assign(faults, changes);
  return fits;
}

function isEndpoint(name: string): name is Endpoint {
  return name === 'metadata' || name === 'keys' || name === 'token';
}

/** Counts the requests of an endpoint, and lets it misbehave as long as the control endpoint says so. */
export function misbehave(
  { faults, requests }: { faults: Faults; requests: RequestCounts },
  endpoint: Endpoint,
): RequestHandler {
  return (_req, res, next) => {
    requests[endpoint] += 1;
    const fault = faults[endpoint];
    if (fault === 'none') next();
    else if (fault === 'html')
      res.type('html').send('<!doctype html><title>Sorry</title><h1>We will be right back</h1>');
    else if (fault === 'error') res.status(500).json({ error: 'server_error', error_description: 'Asked to fail.' });
    // 'hang': the request stays open until the caller gives up.
  };
}
