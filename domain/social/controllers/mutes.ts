import type { components } from '#openapi/social';
import type { Context } from '../context.ts';
import { presentPerson } from '../helpers/present-person.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as mutes from '../services/mutes.ts';
import type { MuteRow } from '../services/mutes.ts';

export function muteControllers(ctx: Context): Pick<SocialHandlers, 'muteUser' | 'unmuteUser' | 'listMutes'> {
  const presentMute = (row: MuteRow): components['schemas']['Mute'] => ({
    person: presentPerson(row, ctx.blobs.publicUrl),
    expiresAt: row.expiresAt?.toISOString() ?? null,
  });
  return {
    muteUser: async ({ caller, path, body }) => {
      // The whole body may be left out.
      const { expiresAt: end } = { ...body };
      const expiresAt = end === undefined ? null : new Date(end);
      const muted = await mutes.muteUser(ctx, caller, { userId: path.userId.toLowerCase(), expiresAt });
      return { status: 200, body: presentMute(muted) };
    },
    unmuteUser: async ({ caller, path }) => {
      await mutes.unmuteUser(ctx, caller, path.userId);
      return { status: 204 };
    },
    listMutes: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      const { items, nextCursor } = await mutes.listMutes(ctx, caller, page);
      return { status: 200, body: { items: items.map(presentMute), nextCursor } };
    },
  };
}
