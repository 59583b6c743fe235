import type { RequestHandler } from 'express';
import type { Context } from '../context.ts';
import { upgradeRequired } from '../errors.ts';
import { phoneOf } from '../helpers/phone.ts';
import { findRequiredUpgrade } from '../helpers/served-versions.ts';

/** Refuses apps below the minimum. While nothing is known of versions, and for whoever says none, it lets everyone pass. */
export function createVersionGate({ appState }: Pick<Context, 'appState'>): RequestHandler {
  return (request, _response, next) => {
    const upgrade = findRequiredUpgrade(phoneOf(request), appState.last()?.versions ?? []);
    if (upgrade && request.path !== '/bootstrap') throw upgradeRequired(upgrade);
    next();
  };
}
