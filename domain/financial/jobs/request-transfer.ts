import { Problem } from '#platform/problem';
import type { components } from '#openapi/flagship';
import type { JobContext } from '../context.ts';
import { putTransferState } from '../services/transfers.ts';
import type { ProviderState } from '../services/transfers.ts';

type BankTransfer = components['schemas']['BankTransfer'];

type RequestContext = Pick<JobContext, 'db' | 'clock' | 'log' | 'flagship'>;

/**
 * Asks flagship, under our id, to carry out a transfer that was just created: read, call, write, and no transaction held
 * over the call. Flagship knows the id when it is asked again, so this is safe to repeat; while flagship is away it throws
 * and the queue tries again.
 */
export async function requestTransfer(ctx: RequestContext, { transferId }: { transferId: string }): Promise<void> {
  const transfer = await ctx.db.transfer.findFirst({ where: { id: transferId, status: 'created' } });
  if (!transfer) return;

  const state = await askFlagship(ctx, transferId, {
    userId: transfer.ownerId,
    accountId: transfer.bankAccountId,
    direction: transfer.direction === 'deposit' ? 'deposit' : 'withdrawal',
    amount: { amountMinor: Number(transfer.amountMinor), currency: transfer.currency },
  });
  if (state) await putTransferState(ctx, transferId, state);
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

function stateOf({ status, sequence, reason }: BankTransfer): ProviderState | undefined {
  return status === 'created' ? undefined : { status, sequence, ...(reason !== null && { reason }) };
}

/** The account is gone or cannot be used: asking again would not help. */
function isRefusal(error: unknown): error is Problem {
  return error instanceof Problem && (error.status === 404 || error.status === 422);
}

async function unlessUnknown<Reply>(reply: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}
