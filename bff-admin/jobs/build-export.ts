import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { csvLines } from '#platform/csv';
import { inTransaction } from '#platform/database';
import { Problem } from '#platform/problem';
import type { StaffExport } from '#prisma/admin';
import type { Context } from '../context.ts';
import type { Role } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from '../services/audit-log.ts';
import type { Actor } from '../services/audit-log.ts';
import { exportKind } from '../services/export-kinds.ts';
import type { AdminJobs } from './jobs.ts';

const lifeMs = 86_400_000;
/** More is nothing that a person reads, and would outlast a job. */
const mostRows = 100_000;

/** Why a file cannot be made, however often it is tried. */
class Hopeless extends Error {}

interface Written {
  rows: number;
  byteLength: number;
  sha256: string;
}

/** Writes the list from the beginning however often it runs, each time to a file of its own; the row names the one that counts. */
export async function buildExport(ctx: Context, { exportId }: AdminJobs['buildExport']): Promise<void> {
  const file = randomUUID();
  const wanted = await takeOver(ctx, exportId, file);
  if (!wanted) return;
  try {
    const written = await writeFile(ctx, wanted, file);
    if (!(await finish(ctx, wanted, { ...written, file }))) await ctx.exports.delete(file);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    await ctx.db.staffExport.updateMany({
      where: { id: exportId, status: 'processing' },
      data: { status: 'failed', failure },
    });
  }
}

/** Makes this run the one whose file counts; what an earlier one left behind is deleted. */
async function takeOver(ctx: Context, id: string, file: string): Promise<StaffExport | null> {
  const wanted = await ctx.db.staffExport.findFirst({ where: { id, status: 'processing' } });
  if (!wanted) return null;
  const { count } = await ctx.db.staffExport.updateMany({
    where: { id, status: 'processing', file: wanted.file },
    data: { file, rows: 0 },
  });
  // Another run was faster: what it left is for a second look.
  if (count === 0) return takeOver(ctx, id, file);
  if (wanted.file !== null) await ctx.exports.delete(wanted.file);
  return wanted;
}

/** Streams page by page, so that memory holds a few blocks of the file and never all of it. */
async function writeFile(ctx: Context, wanted: StaffExport, file: string): Promise<Written> {
  const hash = createHash('sha256');
  const written = { rows: 0, byteLength: 0 };

  async function* content(): AsyncGenerator<Buffer> {
    for await (const { text, rows } of pagesOf(ctx, wanted)) {
      written.rows += rows;
      if (written.rows > mostRows) throw new Hopeless('too_many_rows');
      const bytes = Buffer.from(text);
      hash.update(bytes);
      written.byteLength += bytes.length;
      yield bytes;
      await ctx.db.staffExport.updateMany({ where: { id: wanted.id, file }, data: { rows: written.rows } });
    }
  }

  let failed: unknown;
  const watched = Readable.from(remember(content(), (error) => (failed = error)));
  // What the list said matters more than that the upload broke off for it.
  await ctx.exports.store(file, watched).catch((error: unknown) => {
    throw failed ?? error;
  });
  return { ...written, sha256: hash.digest('hex') };
}

async function* pagesOf(ctx: Context, { kind, filter, ownerOid: staffId, actor }: StaffExport) {
  const list = exportKind(kind);
  const roles = (actor as unknown as Actor).roles as Role[];
  yield { text: csvLines([[...list.columns]]), rows: 0 };
  for (let cursor: string | undefined, isMore = true; isMore;) {
    const page = await list.readPage(ctx, { staffId, roles, filter: filter as Record<string, string>, cursor });
    yield { text: csvLines(page.items), rows: page.items.length };
    cursor = page.nextCursor ?? undefined;
    isMore = cursor !== undefined;
  }
}

/** False when nobody waits for it any more, or another run has taken over. */
function finish(
  { db, clock }: Context,
  { id, actor, kind }: StaffExport,
  { file, ...written }: Written & { file: string },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { count } = await tx.staffExport.updateMany({
      where: { id, file, status: 'processing' },
      data: { ...written, status: 'ready', expiresAt: new Date(clock.now().getTime() + lifeMs) },
    });
    if (count === 0) return false;
    const details = { kind, rows: written.rows, sha256: written.sha256 };
    await writeAuditEvent(tx, actor as unknown as Actor, {
      action: 'export.finish',
      target: { type: 'export', id },
      details,
    });
    return true;
  });
}

/** A definite no of the service whose list it is stays one; anything else is tried again. */
function failureOf(error: unknown): string | undefined {
  if (error instanceof Hopeless) return error.message;
  return error instanceof Problem && error.status < 500 && !error.retryable ? error.code : undefined;
}

async function* remember<T>(source: AsyncIterable<T>, tell: (error: unknown) => void): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    tell(error);
    throw error;
  }
}
