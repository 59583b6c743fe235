import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { getNotification } from '../services/notification-detail.ts';

type NoticeOperation =
  | 'listNotifications'
  | 'listNotificationRequests'
  | 'acceptNotificationRequests'
  | 'dismissNotificationRequests'
  | 'getNotification'
  | 'deleteNotification'
  | 'getNotificationPolicy'
  | 'putNotificationPolicy'
  | 'listDevices'
  | 'putDevice'
  | 'deleteDevice'
  | 'putMarker';

export function noticeControllers(ctx: Context): Pick<MobileHandlers, NoticeOperation> {
  const { social } = ctx;
  return {
    listNotifications: forward(social.listNotifications),
    listNotificationRequests: forward(social.listNotificationRequests),
    acceptNotificationRequests: forward(social.acceptNotificationRequests),
    dismissNotificationRequests: forward(social.dismissNotificationRequests),
    getNotification: async ({ caller, path }) => ({
      status: 200,
      body: await getNotification(ctx, caller.userId, path.notificationId),
    }),
    deleteNotification: forward(social.deleteNotification),
    getNotificationPolicy: forward(social.getNotificationPolicy),
    putNotificationPolicy: forward(social.putNotificationPolicy),
    listDevices: forward(social.listDevices),
    // The device is bound to the session of the token, whatever the phone says.
    putDevice: ({ caller, path, body }) => {
      const { userId, sessionId } = caller.session;
      return social.putDevice({ caller: { userId }, path, body: { ...body, sessionId } });
    },
    deleteDevice: forward(social.deleteDevice),
    putMarker: forward(social.putMarker),
  };
}
