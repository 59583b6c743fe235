import express from 'express';
import type { Express, Request, RequestHandler } from 'express';
import { unauthenticated } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { assertCsrfToken, assertSameOrigin } from '../middleware/own-request.ts';
import { landingPage, pagePolicy } from './landing-page.ts';

interface Needs {
  authority: string;
  portalUrl: string;
  /** Whoever is signed in with this browser. */
  findCaller: (request: Request) => Promise<StaffCaller | undefined>;
  /** How often somebody acted alone in what this person could have approved, and nobody has looked at it yet. */
  countBrokenGlass: (caller: StaffCaller) => Promise<number>;
  /** Ends the session and gives the address to go on to. */
  signOut: (request: Request, caller: StaffCaller) => Promise<string>;
}

/** The portal's own pages: plain HTML that works without script. */
export function mountPages(app: Express, { authority, portalUrl, findCaller, countBrokenGlass, signOut }: Needs): void {
  const policy = pagePolicy(authority);

  app.get('/', async (request, response) => {
    const caller = await findCaller(request);
    response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'private, no-store' });
    response.type('html').send(landingPage(caller, { brokenGlass: caller ? await countBrokenGlass(caller) : 0 }));
  });

  // A form cannot send a header, so here the token is a field of it.
  app.post(
    '/sign-out',
    express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 }),
    async (request, response) => {
      const caller = await findCaller(request);
      if (!caller) throw unauthenticated('Nobody is signed in.');
      assertSameOrigin(request, portalUrl);
      assertCsrfToken((request.body as { csrfToken?: string } | undefined)?.csrfToken, caller.csrfToken ?? '');
      response.redirect(303, await signOut(request, caller));
    },
  );
}

/** Sends a browser without a session to sign in, and back to the page it asked for. */
export function requireSignIn(findCaller: Needs['findCaller']): RequestHandler {
  return async (request, response, next) => {
    const caller = await findCaller(request);
    if (caller) next();
    else response.redirect(302, `/auth/login?${new URLSearchParams({ returnTo: request.originalUrl }).toString()}`);
  };
}
