import type { Caller } from '#platform/caller';
import { versionTag } from '#platform/etag';
import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as circles from '../services/circles.ts';

type Operations = 'createCircle' | 'listCircles' | 'getCircle' | 'updateCircle' | 'deleteCircle';

export function circleControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const ownCircle = (caller: Caller, { circle, version }: Awaited<ReturnType<typeof circles.getCircle>>) => ({
    status: 200 as const,
    body: circle,
    etag: versionTag(version, caller.userId),
  });
  return {
    createCircle: async ({ caller, body, headers }) => {
      const created = await circles.createCircle(ctx, caller, { key: headers['idempotency-key'], ...body });
      return { status: 201, body: created.body, headers: replayedHeader(created) };
    },
    listCircles: async ({ caller, query }) => ({
      status: 200,
      body: await circles.listCircles(ctx, caller, { cursor: query.cursor, limit: query.limit ?? 20 }),
    }),
    getCircle: async ({ caller, path }) => ownCircle(caller, await circles.getCircle(ctx, caller, path.circleId)),
    updateCircle: async ({ caller, path, body, headers }) =>
      ownCircle(caller, await circles.updateCircle(ctx, caller, { ...path, ...body, ifMatch: headers['if-match'] })),
    deleteCircle: async ({ caller, path }) => {
      await circles.deleteCircle(ctx, caller, path.circleId);
      return { status: 204 };
    },
  };
}
