import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as words from '../services/muted-words.ts';

type Operations = 'createMutedWord' | 'listMutedWords' | 'updateMutedWord' | 'deleteMutedWord';

export function mutedWordControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    createMutedWord: async ({ caller, body, headers }) => {
      const word = { phrase: body.phrase, expiresAt: readEnd(body.expiresAt) ?? null };
      const created = await words.createMutedWord(ctx, caller, { key: headers['idempotency-key'], word });
      return { status: 201, body: created.body, headers: replayedHeader(created) };
    },
    listMutedWords: async ({ caller, query }) => ({
      status: 200,
      body: await words.listMutedWords(ctx, caller, { cursor: query.cursor, limit: query.limit ?? 20 }),
    }),
    updateMutedWord: async ({ caller, path, body }) => {
      const change = { phrase: body.phrase, expiresAt: readEnd(body.expiresAt) };
      return { status: 200, body: await words.updateMutedWord(ctx, caller, { ...path, change }) };
    },
    deleteMutedWord: async ({ caller, path }) => {
      await words.deleteMutedWord(ctx, caller, path.mutedWordId);
      return { status: 204 };
    },
  };
}

/** Null is without end, undefined is not named. */
function readEnd(expiresAt: string | null | undefined): Date | null | undefined {
  return expiresAt === null || expiresAt === undefined ? expiresAt : new Date(expiresAt);
}
