import { Problem } from '#platform/problem';
import type { JobContext } from '../context.ts';
import { reconcile } from '../services/reconcile.ts';
import { runTries } from '../services/reconciliations.ts';
import type { FinancialJobs } from './jobs.ts';

/**
 * Runs a reconciliation to its end; when the provider cannot be asked at all, or for long, it has failed, which is no break. One that
 * fails by a fault of ours has failed too, after the last try, rather than being under way for ever.
 */
export async function runReconciliation(
  ctx: Pick<JobContext, 'db' | 'clock' | 'log' | 'flagship'>,
  { reconciliationId }: FinancialJobs['runReconciliation'],
  { attempts }: { attempts: number },
): Promise<void> {
  const run = await ctx.db.reconciliation.findUnique({ where: { id: reconciliationId } });
  if (run?.status !== 'running') return;
  try {
    await reconcile(ctx, run);
  } catch (error) {
    const problem = error instanceof Problem ? error : undefined;
    if (problem?.status !== 501 && attempts < runTries) throw error;
    const reason = problem?.code ?? 'internal_error';
    await ctx.db.reconciliation.updateMany({
      where: { id: reconciliationId, status: 'running' },
      data: { status: 'failed', reason, finishedAt: ctx.clock.now() },
    });
    const facts = { reconciliationId, problem: reason, err: problem ? undefined : error };
    if (problem) ctx.log.warn(facts, 'a reconciliation came to nothing');
    else ctx.log.error(facts, 'a reconciliation failed by a fault of ours: find out why, then run it again');
  }
}
