import type { Caller } from '../caller.ts';
import type { Handlers } from '../contract.ts';
import { listOperations, loadDocument } from '../document.ts';
import type { Document } from '../document.ts';
import { createLogger } from '../logger.ts';
import type { ProcessSettings } from '../process-settings.ts';
import { createService } from '../service.ts';
import { createServiceSecurity } from '../service-security.ts';
import type { TrustedIssuers } from '../service-token.ts';
import { testSettings } from './test-settings.ts';

interface StandInOptions<Operations> {
  /** The service whose place it takes, by the name of its contract. */
  name: string;
  trust: TrustedIssuers;
  /** Its operations are those that have a handler. */
  handlers: Handlers<Operations, Caller>;
  settings?: Partial<ProcessSettings>;
}

/** Listens where another service would, for the operations that a test needs of it; each call is checked by that service's contract. */
export async function startStandIn<Operations>({ name, trust, handlers, settings }: StandInOptions<Operations>) {
  const document = onlyHandled(loadDocument(name), new Set(Object.keys(handlers)));
  const service = createService<Operations, Caller>({
    name: `${name}-stand-in`,
    settings: testSettings(settings),
    document,
    authenticators: { ...(await createServiceSecurity(name, trust, document)) },
    log: createLogger({ name: `${name}-stand-in`, level: 'silent' }),
    handlers,
    internal: true,
  });
  const { port } = await service.start();
  return { url: `http://127.0.0.1:${String(port)}`, stop: () => service.stop() };
}

function onlyHandled(document: Document, handled: ReadonlySet<string>): Document {
  const paths = structuredClone(document.paths);
  for (const { id, path, method } of listOperations(document)) if (!handled.has(id)) delete paths[path]?.[method];
  return { ...document, paths };
}
