import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import { createDocsRouter, createProblemsRouter } from '#platform/docs';
import { loadDocument } from '#platform/document';
import { createService } from '#platform/service';
import type { Service } from '#platform/service';
import type { operations } from '#openapi/bff-mobile';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { createAddressGuard } from './helpers/address-limits.ts';
import { createUserAuthenticator, nobody } from './middleware/mobile-caller.ts';
import type { MobileCaller } from './middleware/mobile-caller.ts';
import { createVersionGate } from './middleware/version-gate.ts';
import { createRoutes } from './routes/index.ts';

const name = 'bff-mobile';
const open = [
  ...['register', 'login', 'refresh', 'requestPasswordReset', 'confirmPasswordReset'],
  ...['completeConnection', 'getBootstrap'],
];

/** The API of the phone app. It owns no data: everything is asked of the domain services. Nothing listens yet. */
export async function createMobileService(config: Config, clock: Clock = systemClock): Promise<Service> {
  const { ctx, log, resources } = await createContext(name, config, clock);
  const document = loadDocument(name);
  return createService<operations, MobileCaller>({
    name,
    settings: config.settings,
    document,
    handlers: createRoutes(ctx, config),
    authenticators: { userToken: createUserAuthenticator(ctx) },
    open,
    anonymous: nobody,
    guard: createAddressGuard(),
    etagSalt: (caller) => caller.findUserId() ?? '',
    log,
    resources,
    extend: (app) => {
      app.use('/v1', createVersionGate(ctx));
      app.get('/.well-known/jwks.json', (_request, response) => {
        response.set('Cache-Control', 'public, max-age=300').json(ctx.userTokens.keySet);
      });
      app.use(createProblemsRouter());
      app.use(
        createDocsRouter([
          { name, document },
          { name: 'flagship-provider', document: loadDocument('flagship-provider') },
        ]),
      );
    },
  });
}
