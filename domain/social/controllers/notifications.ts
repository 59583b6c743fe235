import { RawJson } from '#platform/raw-json';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import { putMarker } from '../services/markers.ts';
import { putNotice } from '../services/notices.ts';
import * as requests from '../services/notification-requests.ts';
import * as notifications from '../services/notifications.ts';

type Operations =
  | 'listNotifications'
  | 'listNotificationRequests'
  | 'acceptNotificationRequests'
  | 'dismissNotificationRequests'
  | 'getNotification'
  | 'deleteNotification'
  | 'putNotice'
  | 'putMarker';

export function notificationControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    listNotifications: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await notifications.listNotifications(ctx, caller, page)) };
    },
    listNotificationRequests: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: new RawJson(await notifications.listNotificationRequests(ctx, caller, page)) };
    },
    acceptNotificationRequests: async ({ caller, path }) => {
      await requests.acceptNotificationRequests(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    dismissNotificationRequests: async ({ caller, path }) => {
      await requests.dismissNotificationRequests(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    getNotification: async ({ caller, path }) => ({
      status: 200,
      body: new RawJson(await notifications.getNotification(ctx, caller, path.notificationId)),
    }),
    deleteNotification: async ({ caller, path }) => {
      await notifications.deleteNotification(ctx, caller, path.notificationId);
      return { status: 204 };
    },
    putNotice: async ({ path, body }) => {
      const { noticeId } = path;
      const actorId = body.actorId?.toLowerCase();
      await putNotice(ctx, { ...body, noticeId, userId: path.userId.toLowerCase(), actorId });
      return { status: 204 };
    },
    putMarker: async ({ caller, path, body }) => ({
      status: 200,
      body: await putMarker(ctx, caller, { timeline: path.timeline, ...body }),
    }),
  };
}
