import type { operations as AdminOperations } from '#openapi/bff-admin';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { operations as SocialOperations } from '#openapi/social';
import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import { createDocsRouter, createProblemsRouter } from '#platform/docs';
import { loadDocument } from '#platform/document';
import { createLogger } from '#platform/logger';
import { createService } from '#platform/service';
import type { Service } from '#platform/service';
import { createServiceClient } from '#platform/service-client';
import { createServiceTokenIssuer } from '#platform/service-token';
import type { Config } from './config.ts';
import { createUserTokens } from './helpers/user-tokens.ts';
import { createUserAuthenticator, nobody } from './middleware/mobile-caller.ts';
import { createHandlers } from './routes/index.ts';
import { watchAnnouncements } from './services/announcements.ts';
import { watchEndedSessions } from './services/ended-sessions.ts';

const name = 'bff-mobile';
const open = ['register', 'login', 'refresh', 'completeConnection'];

/** The API of the phone app. It owns no data: everything is asked of the domain services. */
export async function createMobileService(config: Config, clock: Clock = systemClock): Promise<Service> {
  const log = createLogger({ name, level: config.settings.logLevel });
  const clients = await connectServices(config);
  const { social, financial, flagship, admin } = clients;
  const ctx = {
    social: social.client,
    financial: financial.client,
    flagship: flagship.client,
    userTokens: await createUserTokens(config.userTokenKeys, config.settings.docsUrl, clock),
    endedSessions: watchEndedSessions(social.client, clock, log),
    announcements: watchAnnouncements(admin.client, clock, log),
    clock,
  };
  const document = loadDocument(name);
  return createService({
    name,
    settings: config.settings,
    document,
    handlers: createHandlers(ctx, config),
    authenticators: { userToken: createUserAuthenticator(ctx) },
    open,
    anonymous: nobody,
    etagSalt: (caller) => (caller === nobody ? '' : caller.userId),
    log,
    resources: [ctx.endedSessions, ctx.announcements, ...Object.values(clients)],
    extend: (app) => {
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

async function connectServices(config: Config) {
  const issuer = await createServiceTokenIssuer(name, config.serviceTokenKey);
  function connect<Operations>(audience: string, url: string) {
    return createServiceClient<Operations>({
      document: loadDocument(audience),
      audience,
      url,
      issuer,
      retryReads: true,
    });
  }
  return {
    social: connect<SocialOperations>('social', config.socialUrl),
    financial: connect<FinancialOperations>('financial', config.financialUrl),
    flagship: connect<FlagshipOperations>('flagship', config.flagshipUrl),
    admin: connect<AdminOperations>('bff-admin', config.adminUrl),
  };
}
