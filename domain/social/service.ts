import type { Caller } from '#platform/caller';
import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import { loadDocument } from '#platform/document';
import { createService } from '#platform/service';
import type { Service } from '#platform/service';
import { createServiceSecurity } from '#platform/service-security';
import type { operations } from '#openapi/social';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { createRoutes } from './routes/index.ts';

const name = 'social';

/** The HTTP process of the social service. Nothing listens yet. */
export async function createSocialService(config: Config, clock: Clock = systemClock): Promise<Service> {
  const { ctx, check, resources } = createContext(name, config, clock);
  return createService<operations, Caller>({
    name,
    settings: config.settings,
    document: loadDocument(name),
    handlers: createRoutes(ctx),
    authenticators: await createServiceSecurity(name, config.trust),
    internal: true,
    log: ctx.log,
    checks: { database: check },
    resources,
  });
}
