import type { Tasks } from '#platform/jobs';
import type { Context, Jobs } from '../context.ts';
import { settleDecision } from '../services/decisions.ts';
import { removeEndedSessions } from '../services/session-store.ts';

/** What the worker of bff-admin runs. */
export function createTasks(ctx: Context): Tasks<Jobs> {
  return {
    settleDecision: ({ decisionId }) => settleDecision(ctx, decisionId),
    removeEndedSessions: () => removeEndedSessions(ctx),
  };
}
