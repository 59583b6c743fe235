import type { Context } from '../context.ts';
import { presentNotification } from '../helpers/present-notification.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as notifications from '../services/notifications.ts';

export function notificationControllers(ctx: Context): Pick<SocialHandlers, 'listNotifications' | 'putMarker'> {
  return {
    listNotifications: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      const { items, nextCursor } = await notifications.listNotifications(ctx, caller, page);
      const presented = items.flatMap((row) => presentNotification(row, ctx.blobs.publicUrl));
      return { status: 200, body: { items: presented, nextCursor } };
    },
    putMarker: async ({ caller, path, body }) => ({
      status: 200,
      body: await notifications.putMarker(ctx, caller, { timeline: path.timeline, ...body }),
    }),
  };
}
