import type { Caller } from '#platform/caller';
import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import { loadDocument } from '#platform/document';
import { createService } from '#platform/service';
import type { Service } from '#platform/service';
import { createServiceConnector } from '#platform/service-connector';
import { createServiceSecurity } from '#platform/service-security';
import type { operations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { createRoutes } from './routes/index.ts';

const name = 'financial';

/** The HTTP process of the financial service. Nothing listens yet. */
export async function createFinancialService(config: Config, clock: Clock = systemClock): Promise<Service> {
  const { ctx, check, resources } = createContext(name, config, clock);
  const connect = await createServiceConnector({ name, key: config.serviceTokenKey });
  const flagship = connect<FlagshipOperations>('flagship', config.flagshipUrl);
  return createService<operations, Caller>({
    name,
    settings: config.settings,
    document: loadDocument(name),
    handlers: createRoutes({ ...ctx, flagship: flagship.client }),
    authenticators: await createServiceSecurity(name, config.trust),
    internal: true,
    log: ctx.log,
    checks: { database: check },
    resources: [flagship, ...resources],
  });
}
