import type { Context } from '../context.ts';
import { phoneOf } from '../helpers/phone.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { getDiscoverScreen } from '../services/discover-screen.ts';
import { getFeedScreen } from '../services/feed-screen.ts';
import { getHomeScreen } from '../services/home-screen.ts';
import { getMoneyScreen } from '../services/money-screen.ts';
import { getNotificationsScreen } from '../services/notifications-screen.ts';
import { getPocketScreen } from '../services/pocket-screen.ts';
import { getPocketsScreen } from '../services/pockets-screen.ts';
import { getPostScreen } from '../services/post-screen.ts';
import { getProfileScreen } from '../services/profile-screen.ts';
import { getSettingsScreen } from '../services/settings-screen.ts';

type Screen =
  | 'getHomeScreen'
  | 'getFeedScreen'
  | 'getProfileScreen'
  | 'getPocketsScreen'
  | 'getPocketScreen'
  | 'getMoneyScreen'
  | 'getPostScreen'
  | 'getDiscoverScreen'
  | 'getNotificationsScreen'
  | 'getSettingsScreen';

export function screenControllers(ctx: Context, config: { stepUpAboveUnits: number }): Pick<MobileHandlers, Screen> {
  return {
    getHomeScreen: ({ caller, query, request }) =>
      getHomeScreen(ctx, caller.userId, { ...query, phone: phoneOf(request) }),
    getFeedScreen: ({ caller, query }) => getFeedScreen(ctx, caller.userId, query),
    getProfileScreen: ({ caller, path, query }) => getProfileScreen(ctx, caller.userId, { ...path, ...query }),
    getPocketsScreen: ({ caller }) => getPocketsScreen(ctx, caller.userId),
    getPocketScreen: ({ caller, path }) => getPocketScreen(ctx, caller.userId, path.pocketId),
    getMoneyScreen: ({ caller }) => getMoneyScreen(ctx, caller.userId),
    getPostScreen: ({ caller, path, query }) => getPostScreen(ctx, caller.userId, { ...path, ...query }),
    getDiscoverScreen: ({ caller, query }) => getDiscoverScreen(ctx, caller.userId, query),
    getNotificationsScreen: ({ caller, query }) => getNotificationsScreen(ctx, caller.userId, query),
    getSettingsScreen: ({ caller }) => getSettingsScreen(ctx, caller.userId, config),
  };
}
