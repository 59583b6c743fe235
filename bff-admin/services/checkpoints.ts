/** The audit log against its checkpoints: what is signed, and what a signed one says of the log of today. */
import { Problem } from '#platform/problem';
import type { Context } from '../context.ts';
import type { CheckpointSigner } from '../helpers/checkpoint.ts';
import type { KeptCheckpoint } from './checkpoint-store.ts';

/**
 * What the newest checkpoint says; `unavailable` when Blob Storage does not. `untrusted` when something else stands in its
 * place: then the newest one behind it that can be trusted.
 */
export type Newest =
  | { status: 'none' | 'unavailable' }
  | { status: 'read'; checkpoint: KeptCheckpoint }
  | { status: 'untrusted'; checkpoint: KeptCheckpoint | null };

/** A line that is not as it was signed. */
export interface BrokenLine {
  id: string;
  seq: number;
}

type Using = Pick<Context, 'db' | 'checkpoints'>;

const linesAtMost = 1_000;
const namesAtOnce = 1_000;
const newestNames = 100;
const noHash = '0'.repeat(64);

/** Signs what was written since the newest checkpoint. Refuses, loudly, when the log does not go on from there. */
export async function signCheckpoints(
  ctx: Using & Pick<Context, 'clock' | 'log'>,
  { sign, lockDays }: { sign: CheckpointSigner; lockDays: number | undefined },
): Promise<void> {
  const newest = await readNewest(ctx);
  if (newest.status === 'unavailable') throw new Error('the checkpoints cannot be read');
  if (newest.status === 'untrusted') {
    ctx.log.error('what stands as the newest checkpoint of the audit log is none of ours: find out who put it there');
    return;
  }
  let head = newest.status === 'read' ? newest.checkpoint : { seq: 0, hash: noHash };
  if (newest.status === 'read' && !(await holds(ctx, newest.checkpoint))) {
    warn(ctx, head.seq);
    return;
  }
  for (;;) {
    const lines = await linesAfter(ctx, head.seq);
    if (lines.length === 0) return;
    if (!isChain(lines, head)) {
      warn(ctx, head.seq);
      return;
    }
    const first = head.seq + 1;
    const now = ctx.clock.now();
    const signed = await sign({ first, at: now, lines: lines.map(({ id, hash }) => [id, hash]) });
    head = { seq: head.seq + lines.length, hash: lines.at(-1)?.hash ?? noHash };
    const lockedUntil = lockDays === undefined ? undefined : new Date(now.getTime() + lockDays * 86_400_000);
    await ctx.checkpoints.add({ seq: head.seq, signed, lockedUntil });
  }
}

export async function readNewest({ checkpoints }: Pick<Using, 'checkpoints'>): Promise<Newest> {
  try {
    for await (const names of checkpoints.names(newestNames)) {
      if (names.length === 0) continue;
      const found = await firstTrusted(checkpoints, names);
      if (found?.place !== 0) return { status: 'untrusted', checkpoint: found?.checkpoint ?? null };
      return { status: 'read', checkpoint: found.checkpoint };
    }
    return { status: 'none' };
  } catch (error) {
    if (error instanceof Problem) return { status: 'unavailable' };
    throw error;
  }
}

/** The first of some names that holds what it should, and its place among them. */
async function firstTrusted(
  checkpoints: Using['checkpoints'],
  names: string[],
): Promise<{ place: number; checkpoint: KeptCheckpoint } | undefined> {
  for (const [place, name] of names.entries()) {
    const checkpoint = await checkpoints.read(name);
    if (checkpoint) return { place, checkpoint };
  }
  return undefined;
}

/**
 * The first line that is not as a checkpoint has it; null when the log still holds what the newest one says. The older
 * ones agree up to some place, and those after it do not, so that place is found by halving. What is no checkpoint says nothing.
 */
export async function findFirstBroken(ctx: Using, newest: KeptCheckpoint): Promise<BrokenLine | null> {
  if (await holds(ctx, newest)) return null;
  let earliest = newest;
  for await (const names of ctx.checkpoints.names(namesAtOnce)) {
    let [good, bad] = [names.length, -1];
    while (good - bad > 1) {
      const middle = Math.floor((good + bad) / 2);
      const found = await firstTrusted(ctx.checkpoints, names.slice(middle, good));
      if (!found || (await holds(ctx, found.checkpoint))) good = middle;
      else {
        bad = middle + found.place;
        earliest = found.checkpoint;
      }
    }
    if (good < names.length) break;
  }
  return firstDifference(ctx, earliest);
}

/** How many lines no checkpoint has yet. */
export async function countLinesAfter({ db }: Pick<Using, 'db'>, seq: number): Promise<number> {
  return db.auditEvent.count({ where: { seq: { gt: seq } } });
}

/** Whether the last line of a checkpoint still stands as it was. */
async function holds({ db }: Pick<Using, 'db'>, { seq, hash, lines }: KeptCheckpoint): Promise<boolean> {
  const line = await db.auditEvent.findUnique({ where: { seq }, select: { id: true, hash: true } });
  return line?.hash === hash && line.id === lines.at(-1)?.[0];
}

async function firstDifference({ db }: Pick<Using, 'db'>, { first, seq, lines }: KeptCheckpoint): Promise<BrokenLine> {
  const found = await db.auditEvent.findMany({
    where: { seq: { gte: first, lte: seq } },
    select: { id: true, seq: true, hash: true },
  });
  const bySeq = new Map(found.map((line) => [Number(line.seq), line]));
  const place = lines.findIndex(([id, hash], at) => {
    const line = bySeq.get(first + at);
    return line?.id !== id || line.hash !== hash;
  });
  return { id: lines[place]?.[0] ?? '', seq: first + place };
}

interface Line {
  id: string;
  seq: number;
  hash: string;
  prevHash: string;
  isIntact: boolean;
}

function linesAfter({ db }: Pick<Using, 'db'>, seq: number): Promise<Line[]> {
  return db.$queryRaw<Line[]>`
    SELECT id, seq::float8 AS seq, hash, prev_hash AS "prevHash", hash = audit_event_hash(e) AS "isIntact"
    FROM audit_event e WHERE seq > ${seq}::bigint ORDER BY seq LIMIT ${linesAtMost}::int`;
}

function isChain(lines: Line[], head: { seq: number; hash: string }): boolean {
  return lines.every(
    ({ seq, prevHash, isIntact }, at) =>
      isIntact && seq === head.seq + at + 1 && prevHash === (at === 0 ? head.hash : lines[at - 1]?.hash),
  );
}

function warn({ log }: Pick<Context, 'log'>, seq: number): void {
  log.error({ seq }, 'the audit log does not go on from its newest checkpoint: it was tampered with; verify it');
}
