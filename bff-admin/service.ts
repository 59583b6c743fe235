import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import { createDocsRouter } from '#platform/docs';
import { loadDocument } from '#platform/document';
import { createService } from '#platform/service';
import type { Service } from '#platform/service';
import type { operations } from '#openapi/bff-admin';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { signOut } from './controllers/sign-in.ts';
import type { StaffCaller } from './helpers/staff-caller.ts';
import { createAuthenticators, findCaller, findSessionCaller } from './middleware/authenticators.ts';
import { createAzureAd } from './middleware/azure-ad.ts';
import { createIdentityProvider } from './middleware/identity-provider.ts';
import { assertRolesStated, requireRoles } from './middleware/required-roles.ts';
import { createServiceAuthenticator } from './middleware/service-caller.ts';
import { createSession } from './middleware/session.ts';
import { mountPages, requireSignIn } from './portal/pages.ts';
import { createRoutes } from './routes/index.ts';
import { countBreakGlassFor } from './services/break-glass.ts';

const name = 'bff-admin';

/** The portal's API. Azure AD is asked at once, and readiness waits for its first good answer. Nothing listens yet. */
export async function createAdminService(config: Config, clock: Clock = systemClock): Promise<Service> {
  const { portalUrl } = config;
  const document = loadDocument(name);
  assertRolesStated(document);

  const { ctx, check, resources } = await createContext(name, config, clock);
  const provider = createIdentityProvider({ config: config.azureAd, clock, log: ctx.log });
  const azureAd = createAzureAd({ config: config.azureAd, redirectUrl: `${portalUrl}/auth/callback`, provider, clock });
  const needs = { config, azureAd, ctx };
  const { authority, clientId } = config.azureAd;
  const signIn = { azureAd, authority, portalUrl, clientId };
  provider.metadata().catch(() => undefined);

  return createService<operations, StaffCaller>({
    name,
    settings: config.settings,
    document,
    log: ctx.log,
    handlers: createRoutes(ctx, signIn),
    authenticators: { ...createAuthenticators(needs), service: await createServiceAuthenticator(name, config.trust) },
    open: ['signIn', 'completeSignIn', 'frontChannelSignOut'],
    guard: requireRoles(ctx),
    etagSalt: ({ oid }) => oid,
    checks: {
      database: check,
      identityProvider: async () => {
        await provider.metadata();
      },
    },
    resources: [provider, ...resources],
    extend: (app) => {
      app.use(createSession(config, ctx));
      mountPages(app, {
        authority,
        portalUrl,
        findCaller: (request) => findSessionCaller(request, needs),
        countBrokenGlass: (caller) => countBreakGlassFor(ctx, caller),
        signOut: (request, caller) => signOut(ctx, signIn, request, caller),
      });
      app.use(
        ['/docs', '/openapi.json', '/openapi'],
        requireSignIn((request) => findCaller(request, needs)),
      );
      app.use(createDocsRouter([{ name, document }]));
    },
  });
}
