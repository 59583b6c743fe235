import type { Caller } from '#platform/caller';
import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import { loadDocument } from '#platform/document';
import { createService } from '#platform/service';
import type { Service } from '#platform/service';
import { createServiceSecurity } from '#platform/service-security';
import type { operations } from '#openapi/flagship';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { createRoutes } from './routes/index.ts';

const name = 'flagship';

/** The HTTP process of the flagship service. Nothing listens yet. */
export async function createFlagshipService(config: Config, clock: Clock = systemClock): Promise<Service> {
  const { ctx, check, resources } = createContext(name, config, clock);
  return createService<operations, Caller>({
    name,
    settings: config.settings,
    document: loadDocument(name),
    handlers: createRoutes({ ...ctx, webhookSecrets: config.webhookSecrets }),
    authenticators: await createServiceSecurity(name, config.trust),
    open: ['receiveWebhook'],
    internal: true,
    log: ctx.log,
    checks: { database: check },
    resources,
  });
}
