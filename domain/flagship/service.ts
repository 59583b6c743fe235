import { systemClock } from '#platform/clock';
import { loadDocument } from '#platform/document';
import { createService } from '#platform/service';
import { createServiceSecurity } from '#platform/service-security';
import type { ServiceConfig } from './config.ts';
import { createContext } from './context.ts';
import { createHandlers } from './routes/handlers.ts';

/** The HTTP process of flagship. */
export async function createFlagshipService(config: ServiceConfig, clock = systemClock) {
  const { ctx, database, resources } = createContext('flagship', config, clock);
  return createService({
    name: 'flagship',
    settings: config.settings,
    document: loadDocument('flagship'),
    handlers: createHandlers({ ...ctx, webhookSecrets: config.webhookSecrets }),
    authenticators: await createServiceSecurity('flagship', config.trust),
    open: ['receiveWebhook'],
    log: ctx.log,
    checks: { database: database.check },
    resources,
    internal: true,
  });
}
