import type { Request } from 'express';
import { readVersion } from '#platform/version-number';
import type { components } from '#openapi/bff-admin';

type Platform = components['schemas']['AppVersion']['platform'];

/** What an app says of itself; undefined where it says nothing that can be read. */
export interface Phone {
  platform: Platform | undefined;
  version: string | undefined;
}

export function phoneOf(request: Pick<Request, 'get'>): Phone {
  const platform = request.get('x-app-platform')?.trim().toLowerCase();
  return {
    platform: platform === 'ios' || platform === 'android' ? platform : undefined,
    version: readVersion(request.get('x-app-version')),
  };
}
