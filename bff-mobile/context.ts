import type { Clock } from '#platform/clock';
import { createLogger } from '#platform/logger';
import type { ServiceClient } from '#platform/service-client';
import { createServiceConnector } from '#platform/service-connector';
import type { operations as AdminOperations } from '#openapi/bff-admin';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { operations as SocialOperations } from '#openapi/social';
import type { Config } from './config.ts';
import { createUserTokens } from './helpers/user-tokens.ts';
import type { UserTokens } from './helpers/user-tokens.ts';
import { watchAppState } from './services/app-state.ts';
import type { WatchedAppState } from './services/app-state.ts';
import { createDismissals } from './services/dismissals.ts';
import type { Dismissals } from './services/dismissals.ts';
import { watchEndedSessions } from './services/ended-sessions.ts';
import type { EndedSessions } from './services/ended-sessions.ts';

/** What the functions of bff-mobile may use. */
export interface Context {
  social: ServiceClient<SocialOperations>;
  financial: ServiceClient<FinancialOperations>;
  flagship: ServiceClient<FlagshipOperations>;
  userTokens: UserTokens;
  endedSessions: EndedSessions;
  appState: WatchedAppState;
  dismissals: Dismissals;
  clock: Clock;
}

/** Builds the context of a process named `name`, with its log and what must be closed. */
export async function createContext(name: string, config: Config, clock: Clock) {
  const log = createLogger({ name, level: config.settings.logLevel });
  const connect = await createServiceConnector({ name, key: config.serviceTokenKey, retryReads: true });
  const social = connect<SocialOperations>('social', config.socialUrl);
  const financial = connect<FinancialOperations>('financial', config.financialUrl);
  const flagship = connect<FlagshipOperations>('flagship', config.flagshipUrl);
  const admin = connect<AdminOperations>('bff-admin', config.adminUrl);
  const ctx: Context = {
    social: social.client,
    financial: financial.client,
    flagship: flagship.client,
    userTokens: await createUserTokens(config.userTokenKeys, config.settings.docsUrl, clock),
    endedSessions: watchEndedSessions(social.client, log),
    appState: watchAppState(admin.client, clock, log),
    dismissals: createDismissals(admin.client),
    clock,
  };
  return { ctx, log, resources: [ctx.endedSessions, ctx.appState, social, financial, flagship, admin] };
}
