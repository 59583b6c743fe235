import { Problem } from '#platform/problem';
import type { JobContext } from '../context.ts';
import { reconcile } from '../services/reconcile.ts';
import { runTries } from '../services/reconciliations.ts';
import type { FinancialJobs } from './jobs.ts';

/** Runs a reconciliation to its end; when the provider cannot be asked at all, or for long, it has failed, which is no break. */
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
    const isFinal = error instanceof Problem && (error.status === 501 || attempts >= runTries);
    if (!isFinal) throw error;
    ctx.log.warn({ reconciliationId, problem: error.code }, 'a reconciliation came to nothing');
    await ctx.db.reconciliation.updateMany({
      where: { id: reconciliationId, status: 'running' },
      data: { status: 'failed', reason: error.code, finishedAt: ctx.clock.now() },
    });
  }
}
