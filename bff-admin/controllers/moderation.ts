import { replayedHeader } from '#platform/idempotency';
import type { components } from '#openapi/bff-admin';
import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import { decideAppeal, listAppeals } from '../services/appeals.ts';
import type { AnswerOf } from '../services/decision-kinds.ts';
import type { Decided } from '../services/decisions.ts';
import * as muted from '../services/muted-reporters.ts';
import { removePost, restorePost } from '../services/post-removals.ts';
import { createProposal } from '../services/proposals.ts';
import * as queues from '../services/queues.ts';

type Decide = 'listAppeals' | 'decideAppeal' | 'removePost' | 'restorePost';
type Queues = 'listQueues' | 'addQueueMember' | 'removeQueueMember';
type Scope = components['schemas']['QueueScopePayload'];
type Reporters = 'listMutedReporters' | 'muteReporter' | 'unmuteReporter';

/** What moderators do beside single reports: appeals, posts, who works where, and whom nobody listens to. */
export function moderationControllers(ctx: Context): Pick<AdminHandlers, Decide | Queues | Reporters> {
  return { ...decideOperations(ctx), ...queueOperations(ctx), ...reporterOperations(ctx) };
}

function decideOperations(ctx: Context): Pick<AdminHandlers, Decide> {
  return {
    listAppeals: async ({ caller, query }) => ({ status: 200, body: await listAppeals(ctx, caller, query) }),
    decideAppeal: async ({ caller, path: { appealId }, body }) => {
      const decided = await decideAppeal(ctx, caller, { appealId, ...body });
      const { decisionId, outcome } = decided;
      if (outcome === 'pending') return { status: 202, body: { decisionId, appealId, outcome } };
      return { status: 200, body: { decisionId, appealId, outcome, appeal: decided.answer } };
    },
    removePost: async ({ caller, path, body }) =>
      presentPostDecided(path.postId, await removePost(ctx, caller, { ...path, ...body })),
    restorePost: async ({ caller, path, body }) =>
      presentPostDecided(path.postId, await restorePost(ctx, caller, { ...path, ...body })),
  };
}

function presentPostDecided(postId: string, decided: Decided<AnswerOf<'post.remove'>>) {
  const { decisionId, outcome } = decided;
  if (outcome === 'pending') return { status: 202 as const, body: { decisionId, postId, outcome } };
  return { status: 200 as const, body: { decisionId, postId, outcome, post: decided.answer } };
}

function queueOperations(ctx: Context): Pick<AdminHandlers, Queues> {
  async function propose(
    caller: StaffCaller,
    scope: Scope,
    { reason, key }: { reason: string; key: string | undefined },
  ) {
    const payload = { ...scope, oid: scope.oid.toLowerCase() };
    const made = await createProposal(ctx, caller, { kind: 'queue_scope', payload, reason, key });
    return { status: 202 as const, body: made.body, headers: replayedHeader(made) };
  }
  return {
    listQueues: async ({ caller }) => {
      const found = await queues.listQueues(ctx, caller);
      const items = found.map(({ oldestOpenedAt, ...one }) => ({
        ...one,
        oldestOpenedAt: oldestOpenedAt?.toISOString() ?? null,
      }));
      return { status: 200, body: { asOf: ctx.clock.now().toISOString(), items } };
    },
    addQueueMember: ({ caller, path, body, headers }) =>
      propose(caller, { ...path, action: 'add' }, { ...body, key: headers['idempotency-key'] }),
    removeQueueMember: ({ caller, path, query, headers }) =>
      propose(caller, { ...path, action: 'remove' }, { ...query, key: headers['idempotency-key'] }),
  };
}

function reporterOperations(ctx: Context): Pick<AdminHandlers, Reporters> {
  return {
    listMutedReporters: async ({ caller, query }) => {
      const { items, nextCursor } = await muted.listMutedReporters(ctx, caller, { limit: 20, ...query });
      return { status: 200, body: { items: items.map(presentMuted), nextCursor } };
    },
    muteReporter: async ({ caller, path, body }) => ({
      status: 200,
      body: presentMuted(await muted.muteReporter(ctx, caller, { ...path, ...body })),
    }),
    unmuteReporter: async ({ caller, path }) => {
      await muted.unmuteReporter(ctx, caller, path.userId);
      return { status: 204 };
    },
  };
}

function presentMuted({
  userId,
  reason,
  mutedAt,
  until,
}: Awaited<ReturnType<typeof muted.muteReporter>>): components['schemas']['MutedReporter'] {
  return { userId, reason, mutedAt: mutedAt.toISOString(), until: until?.toISOString() ?? null };
}
