import type { Caller } from '#platform/caller';
import type { Clock } from '#platform/clock';
import { loadDocument } from '#platform/document';
import { createService } from '#platform/service';
import type { Service } from '#platform/service';
import { createServiceSecurity } from '#platform/service-security';
import type { operations } from '#openapi/financial';
import type { ServiceConfig } from './config.ts';
import { createContext } from './context.ts';
import { createRoutes } from './routes/routes.ts';

/** The HTTP process of the financial service. Nothing listens yet. `clock` is for tests. */
export async function createFinancialService(config: ServiceConfig, clock?: Clock): Promise<Service> {
  const { ctx, check, close } = createContext('financial', config, clock);
  return createService<operations, Caller>({
    name: 'financial',
    settings: config.settings,
    document: loadDocument('financial'),
    handlers: createRoutes(ctx),
    authenticators: await createServiceSecurity('financial', config.trust),
    internal: true,
    log: ctx.log,
    checks: { database: check },
    resources: [{ close }],
  });
}
