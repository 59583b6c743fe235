import type { Caller } from '#platform/caller';
import { versionTag } from '#platform/etag';
import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as drafts from '../services/drafts.ts';

type Operations = 'createDraft' | 'listDrafts' | 'getDraft' | 'putDraft' | 'deleteDraft' | 'publishDraft';

export function draftControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const ownDraft = (caller: Caller, { draft, version }: Awaited<ReturnType<typeof drafts.getDraft>>) => ({
    status: 200 as const,
    body: draft,
    etag: versionTag(version, caller.userId),
  });
  return {
    createDraft: async ({ caller, body, headers }) => {
      const created = await drafts.createDraft(ctx, caller, { key: headers['idempotency-key'], post: body });
      const etag = versionTag(1, caller.userId);
      return { status: 201, body: created.body, etag, headers: replayedHeader(created) };
    },
    listDrafts: async ({ caller, query }) => ({
      status: 200,
      body: await drafts.listDrafts(ctx, caller, { cursor: query.cursor, limit: query.limit ?? 20 }),
    }),
    getDraft: async ({ caller, path }) => ownDraft(caller, await drafts.getDraft(ctx, caller, path.draftId)),
    putDraft: async ({ caller, path, body, headers }) =>
      ownDraft(caller, await drafts.putDraft(ctx, caller, { ...path, post: body, ifMatch: headers['if-match'] })),
    deleteDraft: async ({ caller, path }) => {
      await drafts.deleteDraft(ctx, caller, path.draftId);
      return { status: 204 };
    },
    publishDraft: async ({ caller, path, body }) => {
      const published = await drafts.publishDraft(ctx, caller, { ...path, ...body });
      return { status: 201, body: published.body, headers: replayedHeader(published) };
    },
  };
}
