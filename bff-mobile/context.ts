import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { operations as SocialOperations } from '#openapi/social';
import type { Clock } from '#platform/clock';
import type { ServiceClient } from '#platform/service-client';
import type { UserTokens } from './helpers/user-tokens.ts';
import type { Announcements } from './services/announcements.ts';
import type { EndedSessions } from './services/ended-sessions.ts';

/** What the functions of this process may use. */
export interface Context {
  social: ServiceClient<SocialOperations>;
  financial: ServiceClient<FinancialOperations>;
  flagship: ServiceClient<FlagshipOperations>;
  userTokens: UserTokens;
  endedSessions: EndedSessions;
  announcements: Announcements;
  clock: Clock;
}
