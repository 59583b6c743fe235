import type { Context } from '../context.ts';
import { countLinesAfter, findFirstBroken, readNewest } from './checkpoints.ts';
import type { BrokenLine, Newest } from './checkpoints.ts';

/** What the newest checkpoint says of the log; `none` before the first one. */
export type CheckpointVerdict =
  | { status: 'none' | 'untrusted' | 'unavailable' }
  | {
      status: 'agrees' | 'disagrees';
      seq: number;
      hash: string;
      at: Date;
      immutableUntil: Date | null;
      linesAfter: number;
    };

export interface Verification {
  valid: boolean;
  checked: number;
  firstBrokenId: string | null;
  checkpoint: CheckpointVerdict;
}

type Using = Pick<Context, 'db' | 'checkpoints'>;

const longestMs = 60_000;

/**
 * Recomputes the chain, and compares it with what was signed and put outside of the database. The checkpoint is read first,
 * so that the log can only have more lines than it.
 */
export async function verifyAuditEvents(ctx: Using): Promise<Verification> {
  const newest = await readNewest(ctx);
  const chain = await recomputeChain(ctx);
  const signed = 'checkpoint' in newest ? newest.checkpoint : null;
  const rewritten = signed && (await findFirstBroken(ctx, signed));
  const [first] = [chain.broken, rewritten].filter((line) => line !== null).sort((a, b) => a.seq - b.seq);
  return {
    valid: first === undefined && newest.status !== 'untrusted',
    checked: chain.checked,
    firstBrokenId: first?.id ?? null,
    checkpoint: await judge(ctx, newest, rewritten),
  };
}

/** In the database. A long log takes longer than other statements may. */
async function recomputeChain({ db }: Pick<Using, 'db'>): Promise<{ checked: number; broken: BrokenLine | null }> {
  const [row] = await db.$transaction(
    async (tx) => {
      await tx.$executeRaw`SET LOCAL statement_timeout = '60s'`;
      return tx.$queryRaw<{ checked: number; id: string | null; seq: number | null }[]>`
        SELECT checked::float8 AS checked, first_broken_id AS id,
          (SELECT seq::float8 FROM audit_event WHERE id = first_broken_id) AS seq
        FROM verify_audit_log()`;
    },
    { maxWait: 2_000, timeout: longestMs },
  );
  const isBroken = row !== undefined && row.id !== null;
  // A line without a place of its own is the last one, cut off.
  const broken = isBroken ? { id: row.id ?? '', seq: row.seq ?? Number.MAX_SAFE_INTEGER } : null;
  return { checked: row?.checked ?? 0, broken };
}

async function judge(ctx: Using, newest: Newest, rewritten: BrokenLine | null): Promise<CheckpointVerdict> {
  if (newest.status !== 'read') return { status: newest.status };
  const { seq, hash, at, immutableUntil } = newest.checkpoint;
  const status = rewritten === null ? 'agrees' : 'disagrees';
  return { status, seq, hash, at, immutableUntil, linesAfter: await countLinesAfter(ctx, seq) };
}
