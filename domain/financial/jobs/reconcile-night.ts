import type { Context } from '../context.ts';
import { createNightReconciliation } from '../services/reconciliations.ts';

/** Returns come days after the settlement, and late news too. */
const days = 7;

/** Opens the reconciliation of the days before today. Run by the clock, in the night. */
export async function reconcileNight(ctx: Pick<Context, 'db' | 'clock'>): Promise<void> {
  await createNightReconciliation(ctx, { days });
}
