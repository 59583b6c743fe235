import { findFreePorts, isPortFree } from '../../platform/testing/ports.ts';

/** Every port of a stack, as the distance from `CLYNC_PORT_BASE`. The first seven, and the mailbox, are promised to callers. */
const offsets = {
  'bff-mobile': 0,
  'bff-admin': 1,
  social: 101,
  financial: 102,
  flagship: 103,
  entra: 200,
  'flagship-sandbox': 300,
  'push-recorder': 310,
  mailbox: 400,
  azurite: 410,
  'mailbox-smtp': 425,
  postgres: 432,
  // The private ports, with /livez, /readyz and /metrics.
  'bff-mobile-private': 500,
  'bff-admin-private': 501,
  'social-private': 511,
  'financial-private': 512,
  'flagship-private': 513,
  'social-worker-private': 521,
  'financial-worker-private': 522,
  'flagship-worker-private': 523,
  'bff-admin-worker-private': 524,
  'flagship-sandbox-private': 530,
} as const;

export type Place = keyof typeof offsets;
export type Ports = Record<Place, number>;

const places = Object.keys(offsets) as Place[];

/** The ports above a base: 4000 gives 4000, 4001, 4101, … */
export function portsAbove(base: number): Ports {
  return Object.fromEntries(places.map((place) => [place, base + offsets[place]])) as Ports;
}

/** Ports that are free now, for a stack that must not meet another one. */
export async function freePorts(): Promise<Ports> {
  const free = await findFreePorts(places.length);
  return Object.fromEntries(places.map((place, at) => [place, free[at]])) as Ports;
}

/** The ports that something else already uses, as `4101 (social)`. */
export async function busyPorts(ports: Ports): Promise<string[]> {
  const free = await Promise.all(places.map((place) => isPortFree(ports[place])));
  return places.filter((_, at) => !free[at]).map((place) => `${String(ports[place])} (${place})`);
}
