import { RawJson, composeJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import { presentDevice } from '../helpers/present-device.ts';
import { presentMe, presentProfile } from '../helpers/present-person.ts';
import { presentSession } from '../helpers/present-session.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import { listDevices } from '../services/devices.ts';
import { getNotificationPolicy } from '../services/notification-policy.ts';
import { listNotificationRequests, listNotifications } from '../services/notifications.ts';
import { listProfilePosts } from '../services/profile-posts.ts';
import { getMe, getProfile } from '../services/profiles.ts';
import { listSessions } from '../services/sessions.ts';
import { countPrivacy, listRates } from '../services/settings.ts';

type Operations = 'getProfileScreen' | 'getNotificationsScreen' | 'getSettings';

/** What several resources answer together, because one screen shows them. */
export function screenControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const mediaBase = ctx.blobs.publicUrl;
  return {
    getProfileScreen: async ({ caller, path, query }) => {
      const { profile, relationship } = await getProfile(ctx, caller, path.handle);
      const page = { authorId: profile.accountId, cursor: query.cursor, limit: query.limit ?? 20 };
      const posts = new RawJson(await listProfilePosts(ctx, caller, page));
      const screen = { profile: presentProfile(profile, mediaBase), relationship, posts };
      return { status: 200, body: new RawJson(composeJson(screen)) };
    },
    getNotificationsScreen: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      const [groups, requests] = await Promise.all([
        listNotifications(ctx, caller, page),
        listNotificationRequests(ctx, caller, { cursor: undefined, limit: 20 }),
      ]);
      return { status: 200, body: new RawJson(`{"groups":${groups},"requests":${requests}}`) };
    },
    getSettings: async ({ caller }) => {
      const [me, sessions, devices, policy, counts, rates] = await Promise.all([
        getMe(ctx, caller),
        listSessions(ctx, caller),
        listDevices(ctx, caller),
        getNotificationPolicy(ctx, caller),
        countPrivacy(ctx, caller),
        listRates(ctx, caller),
      ]);
      const { locked, discoverable, followsVisibility, altTextPolicy } = me;
      const { strangers, pushKinds } = policy;
      const notifications = { strangers, pushKinds };
      return {
        status: 200,
        body: {
          account: presentMe(me, mediaBase),
          devices: { sessions: sessions.map(presentSession), push: devices.map(presentDevice) },
          privacy: { locked, discoverable, followsVisibility, altTextPolicy, notifications, counts },
          rates,
        },
      };
    },
  };
}
