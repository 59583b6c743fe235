import type { Context } from '../context.ts';
import { presentPeople } from '../helpers/present-people.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as requests from '../services/follow-requests.ts';

type Operations = 'listFollowRequests' | 'acceptFollowRequest' | 'rejectFollowRequest';

export function followRequestControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    listFollowRequests: async ({ caller, query }) => {
      const page = { cursor: query.cursor, limit: query.limit ?? 20 };
      const found = await requests.listFollowRequests(ctx, caller, page);
      return { status: 200, body: presentPeople(found, ctx.blobs.publicUrl) };
    },
    acceptFollowRequest: async ({ caller, path }) => {
      await requests.acceptFollowRequest(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
    rejectFollowRequest: async ({ caller, path }) => {
      await requests.rejectFollowRequest(ctx, caller, path.userId.toLowerCase());
      return { status: 204 };
    },
  };
}
