import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readDatabases } from '../../platform/database-setup.ts';
import { seededStaff } from '../entra/staff.ts';
import { processUrl } from './plan.ts';
import type { World } from './plan.ts';

/** Everything that a person, a test or a script needs to use a running stack: `<dev dir>/endpoints.json`. */
export interface Endpoints {
  /** By process: `bff-mobile`, `bff-admin`, `social`, `financial`, `flagship`, and the stand-ins `entra`, `flagship-sandbox`, … */
  urls: Record<string, string>;
  /** The private ports, with /livez, /readyz and /metrics; by process, workers too. */
  private: Record<string, string>;
  users: { email: string; password: string; handle: string }[];
  staff: { email: string; roles: string[] }[];
  /** For staff: the tenant and its registrations. */
  entra: {
    tenantId: string;
    portalClientId: string;
    scriptClientId: string;
    scriptClientSecret: string;
    caFile: string;
  };
  /** PostgreSQL URLs by role: `social`, `admin`, `financial`, `flagship` for the processes, `postgres` for the superuser. */
  postgres: Record<string, string>;
  /** PostgreSQL URLs by owner, as the role that owns the schema and runs its migrations. */
  migrations: Record<string, string>;
  blobConnectionString: string;
}

/** Describes the stack; the people are those that the seed wrote into `people.json`. */
export function describeStack(world: World): Endpoints {
  const { devDir, ports, secrets, settings } = world;
  const places = Object.entries(ports);
  const publicUrls = places.filter(([place]) => !place.endsWith('-private') && place !== 'postgres');
  const privateUrls = places.filter(([place]) => place.endsWith('-private'));
  const owners = Object.values(readDatabases()).flat();
  return {
    urls: Object.fromEntries(publicUrls.map(([place, port]) => [place, addressOf(place, port)])),
    private: Object.fromEntries(
      privateUrls.map(([place, port]) => [place.replace('-private', ''), addressOf(place, port)]),
    ),
    users: readPeople(devDir),
    staff: seededStaff().map(({ email, roles }) => ({ email, roles })),
    entra: {
      tenantId: settings.get('ENTRA_TENANT_ID'),
      portalClientId: settings.get('ENTRA_CLIENT_ID'),
      scriptClientId: settings.get('ENTRA_SCRIPT_CLIENT_IDS'),
      scriptClientSecret: secrets.scriptClientSecret,
      caFile: path.resolve(devDir, 'entra', 'ca.pem'),
    },
    postgres: {
      ...Object.fromEntries(owners.map((owner) => [owner, processUrl(world, owner)])),
      postgres: world.adminUrl,
    },
    migrations: Object.fromEntries(owners.map((owner) => [owner, processUrl(world, owner, `${owner}_owner`)])),
    blobConnectionString: world.blobConnectionString,
  };
}

/** Where a stack of this folder describes itself; it holds passwords of the development databases. */
export function endpointsFile(devDir: string): string {
  return path.join(devDir, 'endpoints.json');
}

export function writeEndpoints(devDir: string, endpoints: Endpoints): void {
  writeFileSync(endpointsFile(devDir), `${JSON.stringify(endpoints, undefined, 2)}\n`, { mode: 0o600 });
}

/** Where the seed writes the people it made. */
export function peopleFile(devDir: string): string {
  return path.join(devDir, 'people.json');
}

function readPeople(devDir: string): Endpoints['users'] {
  const file = peopleFile(devDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Endpoints['users']) : [];
}

function addressOf(place: string, port: number): string {
  if (place === 'entra') return `https://localhost:${String(port)}`;
  if (place === 'mailbox-smtp') return `smtp://127.0.0.1:${String(port)}`;
  if (place === 'azurite') return `http://127.0.0.1:${String(port)}/clync`;
  return `http://localhost:${String(port)}`;
}
