import { versionTag } from '#platform/etag';
import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentAnnouncement } from '../helpers/present-announcement.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as announcements from '../services/announcements.ts';

type AnnouncementOperation = 'createAnnouncement' | 'updateAnnouncement' | 'deleteAnnouncement' | 'listAnnouncements';

export function announcementControllers(
  ctx: Pick<Context, 'db' | 'clock'>,
): Pick<AdminHandlers, AnnouncementOperation> {
  return {
    createAnnouncement: async ({ caller, body, headers }) => {
      const key = headers['idempotency-key'];
      const made = await announcements.createAnnouncement(ctx, caller, { ...body, key });
      const etag = versionTag(made.body.version, caller.oid);
      return { status: 201, body: made.body, etag, headers: replayedHeader(made) };
    },
    updateAnnouncement: async ({ caller, path, body, headers }) => {
      const request = { id: path.announcementId, ifMatch: headers['if-match'], change: body };
      const changed = await announcements.updateAnnouncement(ctx, caller, request);
      return { status: 200, body: presentAnnouncement(changed), etag: versionTag(changed.version, caller.oid) };
    },
    deleteAnnouncement: async ({ caller, path }) => {
      await announcements.deleteAnnouncement(ctx, caller, path.announcementId);
      return { status: 204 };
    },
    listAnnouncements: async ({ query: { limit = 20, cursor } }) => {
      const page = await announcements.listAnnouncements(ctx, { limit, cursor });
      return { status: 200, body: { items: page.items.map(presentAnnouncement), nextCursor: page.nextCursor } };
    },
  };
}
