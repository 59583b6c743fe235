import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentAnnouncement } from '../helpers/present-announcement.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as announcements from '../services/announcements.ts';

type AnnouncementOperation =
  'createAnnouncement' | 'deleteAnnouncement' | 'listAnnouncements' | 'listLiveAnnouncements';

export function announcementControllers(
  ctx: Pick<Context, 'db' | 'clock'>,
): Pick<AdminHandlers, AnnouncementOperation> {
  return {
    createAnnouncement: async ({ caller, body, headers }) => {
      const key = headers['idempotency-key'];
      const made = await announcements.createAnnouncement(ctx, caller, { ...body, key });
      return { status: 201, body: made.body, headers: replayedHeader(made) };
    },
    deleteAnnouncement: async ({ caller, path }) => {
      await announcements.deleteAnnouncement(ctx, caller, path.announcementId);
      return { status: 204 };
    },
    listAnnouncements: async ({ query: { limit = 20, cursor } }) => {
      const page = await announcements.listAnnouncements(ctx, { limit, cursor });
      return { status: 200, body: { items: page.items.map(presentAnnouncement), nextCursor: page.nextCursor } };
    },
    listLiveAnnouncements: async () => {
      const items = await announcements.listLiveAnnouncements(ctx);
      return { status: 200, body: { items: items.map(presentAnnouncement) } };
    },
  };
}
