import type { Context } from '../context.ts';
import { presentPeople } from '../helpers/present-people.ts';
import { presentPerson } from '../helpers/present-person.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as people from '../services/post-people.ts';
import * as reposts from '../services/reposts.ts';

type Operations = 'repostPost' | 'unrepostPost' | 'listReposts' | 'listReactions';

export function repostControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const mediaBase = ctx.blobs.publicUrl;
  return {
    repostPost: async ({ caller, path }) => ({
      status: 200,
      body: { reposted: true, counts: { reposts: await reposts.repostPost(ctx, caller, path.postId) } },
    }),
    unrepostPost: async ({ caller, path }) => {
      await reposts.unrepostPost(ctx, caller, path.postId);
      return { status: 204 };
    },
    listReposts: async ({ caller, path, query }) => {
      const page = { postId: path.postId, cursor: query.cursor, limit: query.limit ?? 20 };
      return { status: 200, body: presentPeople(await people.listReposts(ctx, caller, page), mediaBase) };
    },
    listReactions: async ({ caller, path, query }) => {
      const page = { postId: path.postId, cursor: query.cursor, limit: query.limit ?? 20 };
      const { items, nextCursor } = await people.listReactions(ctx, caller, page);
      const reactions = items.map(({ kind, at, ...person }) => ({
        person: presentPerson(person, mediaBase),
        kind,
        createdAt: at.toISOString(),
      }));
      return { status: 200, body: { items: reactions, nextCursor } };
    },
  };
}
