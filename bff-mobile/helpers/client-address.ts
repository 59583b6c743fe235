import { isIP } from 'node:net';
import type { Request } from 'express';
import { clientNetwork } from './client-network.ts';

/** Where the request comes from, for those who count by it. A proxy that we trust may have passed on any word; only an address counts. */
export function clientAddressOf({ ip = '' }: Pick<Request, 'ip'>): { clientAddress?: string } {
  return isIP(ip) === 0 ? {} : { clientAddress: clientNetwork(ip) };
}
