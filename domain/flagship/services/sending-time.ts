import type { Context, Tx } from '../context.ts';

/** How long the provider may take the request; it outlasts our own deadline. */
export const sendingMs = 20_000;
/** After that and some slack for the provider's clock, a transfer that it does not have will never be there. */
export const settlingMs = 10_000;

/**
 * Writes down until when the provider may take the request. By the database's clock, which is one for all: who sends and who
 * gives up later may be two processes whose clocks are minutes apart.
 */
export async function keepSendingTime(tx: Tx, transferId: string): Promise<void> {
  await tx.$executeRaw`
    /* keepSendingTime */ update transfer set sent_not_after = clock_timestamp() + ${sendingMs}::float8 * interval '1 millisecond'
    where id = ${transferId}::uuid`;
}

/** Whether the provider takes the request no more. To be asked before the provider is, whose answer takes its time. */
export async function isSendingOver({ db }: Pick<Context, 'db'>, transferId: string): Promise<boolean> {
  const [transfer] = await db.$queryRaw<{ isOver: boolean | null }[]>`
    /* isSendingOver */ select clock_timestamp() > sent_not_after + ${settlingMs}::float8 * interval '1 millisecond' as "isOver"
    from transfer where id = ${transferId}::uuid`;
  return transfer?.isOver ?? false;
}
