import { createQueue } from '#platform/jobs';
import { Problem } from '#platform/problem';
import type { Transfer } from '#prisma/financial';
import type { JobContext } from '../context.ts';
import type { FinancialJobs } from './jobs.ts';
import { stateOf } from '../helpers/flagship-state.ts';
import { putTransferState } from '../services/transfers.ts';
import type { ProviderState } from '../services/transfers.ts';

const queue = createQueue<FinancialJobs>('financial_jobs');
const shortestPauseMs = 2_000;
const longestPauseMs = 15_000;

type RequestContext = Pick<JobContext, 'db' | 'clock' | 'log' | 'flagship'>;

/**
 * Asks flagship, under our id, to carry out a transfer that was just created: read, call, write, and no transaction held
 * over the call. Flagship knows the id when it is asked again, so this is safe to repeat, and is while flagship is away.
 */
export async function requestTransfer(ctx: RequestContext, { transferId }: { transferId: string }): Promise<void> {
  const transfer = await ctx.db.transfer.findFirst({ where: { id: transferId, status: 'created' } });
  if (!transfer) return;

  try {
    const state = await askFlagship(ctx, transferId, {
      userId: transfer.ownerId,
      accountId: transfer.bankAccountId,
      direction: transfer.direction === 'deposit' ? 'deposit' : 'withdrawal',
      amount: { amountMinor: Number(transfer.amountMinor), currency: transfer.currency },
    });
    if (state) await putTransferState(ctx, transferId, state);
  } catch (error) {
    if (!(error instanceof Problem && error.status === 503)) throw error;
    await askLater(ctx, transfer);
  }
}

/**
 * Flagship or the provider is away. The longer a transfer waits the rarer it is asked for, but never so rarely as the queue's own
 * pauses grow: when they are back, people wait for their money.
 */
async function askLater({ db, clock }: RequestContext, { id, createdAt }: Transfer): Promise<void> {
  const waitedMs = clock.now().getTime() - createdAt.getTime();
  const pauseMs = Math.min(Math.max(waitedMs / 4, shortestPauseMs), longestPauseMs) * (0.5 + Math.random());
  await queue.add(db, 'requestTransfer', { transferId: id }, { key: `requestTransfer:${id}`, afterMs: pauseMs });
}

type Wanted = Parameters<RequestContext['flagship']['createTransfer']>[0]['body'];

/** How far the transfer is now; undefined when flagship has only noted it; `failed` when it refused for good. */
async function askFlagship(ctx: RequestContext, transferId: string, body: Wanted): Promise<ProviderState | undefined> {
  const call = { caller: { service: true }, path: { transferId } } as const;
  try {
    return stateOf((await ctx.flagship.createTransfer({ ...call, body })).body);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // A refusal may answer a repeat of a request that went through: only what flagship does not know has failed.
    const known = await unlessUnknown(ctx.flagship.getTransfer(call));
    if (known) return stateOf(known.body);
    ctx.log.info({ transferId, problem: error.code }, 'flagship refused a transfer');
    return { status: 'failed', reason: error.code };
  }
}

/** The account is gone or cannot be used, or the provider moves no money: asking again would not help. */
function isRefusal(error: unknown): error is Problem {
  return error instanceof Problem && [404, 422, 501].includes(error.status);
}

async function unlessUnknown<Reply>(reply: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}
