import { createHash } from 'node:crypto';
import type { Context, Tx } from '../context.ts';

/** Nobody else gets the handle of an account that is gone, so that nobody passes for them. Only a digest is kept. */
export async function retireHandle(tx: Tx, ctx: Pick<Context, 'clock'>, handle: string): Promise<void> {
  await tx.retiredHandle.createMany({
    data: { hash: digest(handle), retiredAt: ctx.clock.now() },
    skipDuplicates: true,
  });
}

export async function isRetired(tx: Tx, handle: string): Promise<boolean> {
  return (await tx.retiredHandle.findUnique({ where: { hash: digest(handle) } })) !== null;
}

/** Handles are the same in every case. */
function digest(handle: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(handle.toLowerCase()).digest());
}
