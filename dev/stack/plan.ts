import path from 'node:path';
import { databaseUrl, readDatabases, roleUrl } from '../../platform/database-setup.ts';
import type { Place, Ports } from './places.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';

/** Where `transpile.ts` puts JavaScript; below the project, so that packages are found from there. */
export const buildDir = path.join('.dev', 'build');

/** How one process of the stack is run. */
export interface ProcessPlan {
  name: string;
  /** The file to run. */
  entry: string;
  /** Its whole configuration. */
  env: Record<string, string>;
  /** Answers 200 when it can do something useful. */
  readyUrl: string;
  /** A change below one of these folders restarts it. */
  watches: string[];
}

/** What the plans are made from. */
export interface World {
  devDir: string;
  ports: Ports;
  secrets: Secrets;
  settings: Settings;
  adminUrl: string;
  blobConnectionString: string;
}

/** The URL of an owner's database for its processes, or, as another role, for its migrations. */
export function processUrl(world: Pick<World, 'adminUrl' | 'secrets'>, owner: string, role = owner): string {
  const databases = readDatabases();
  const name = Object.keys(databases).find((candidate) => databases[candidate]?.includes(owner)) ?? '';
  return roleUrl(databaseUrl(world.adminUrl, name), { role, password: world.secrets.rolePasswords[role] ?? '' });
}

/** Where a process answers whether it is ready: on its private port. */
export function readyUrl(ports: Ports, place: Place): string {
  return `http://127.0.0.1:${String(ports[place])}/readyz`;
}

/** People meet these addresses in a browser; `localhost` also gives their cookies a home. */
export function local(port: number): string {
  return `http://localhost:${String(port)}`;
}

/** The variables of every process with a public port. */
export function httpEnvironment(
  { ports, settings }: Pick<World, 'ports' | 'settings'>,
  place: Place,
  privatePlace: Place,
): Record<string, string> {
  return {
    ...settings.pick('NODE_ENV', 'LOG_LEVEL', 'VALIDATE_RESPONSES', 'DRAIN_MS'),
    PORT: String(ports[place]),
    METRICS_PORT: String(ports[privatePlace]),
    DOCS_URL: local(ports['bff-mobile']),
  };
}

/** The variables of every worker. */
export function workerEnvironment(
  { ports, settings }: Pick<World, 'ports' | 'settings'>,
  privatePlace: Place,
): Record<string, string> {
  return { ...settings.pick('NODE_ENV', 'LOG_LEVEL'), METRICS_PORT: String(ports[privatePlace]) };
}
