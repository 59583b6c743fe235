import type { Context } from '../context.ts';
import { presentPeople } from '../helpers/present-people.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as members from '../services/circle-members.ts';

type Operations = 'addCircleMember' | 'removeCircleMember' | 'listCircleMembers';

export function circleMemberControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    addCircleMember: async ({ caller, path: { circleId, userId } }) => {
      await members.addCircleMember(ctx, caller, { circleId, userId: userId.toLowerCase() });
      return { status: 204 };
    },
    removeCircleMember: async ({ caller, path }) => {
      await members.removeCircleMember(ctx, caller, path);
      return { status: 204 };
    },
    listCircleMembers: async ({ caller, path, query }) => {
      const page = { ...path, cursor: query.cursor, limit: query.limit ?? 20 };
      const found = await members.listCircleMembers(ctx, caller, page);
      return { status: 200, body: presentPeople(found, ctx.blobs.publicUrl) };
    },
  };
}
