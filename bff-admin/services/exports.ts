import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import type { StaffExport } from '#prisma/admin';
import type { Context } from '../context.ts';
import { exportNotFound, missingRole, rangeReversed } from '../errors.ts';
import { presentExport } from '../helpers/present-export.ts';
import type { ExportLink, ExportView } from '../helpers/present-export.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import type { Actor } from './audit-log.ts';
import { exportKind } from './export-kinds.ts';
import type { FilterOf, NewExport } from './export-kinds.ts';

export type { StaffExport } from '#prisma/admin';

const linkMs = 15 * 60_000;

/** Has a list written to a file; who wanted what is written down with it. @throws forbidden, for a list of others' roles */
export async function createExport(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: StaffCaller,
  { key, kind, filter = {} }: NewExport & { key: string | undefined },
): Promise<Outcome<ExportView>> {
  assertMay(caller, kind);
  assertRange(filter);
  const request = { kind, filter };
  return idempotent(ctx.db, { ownerId: caller.oid, operation: 'createExport', key, request }, async (tx) => {
    const createdAt = ctx.clock.now();
    const actor = { ...actorOf(caller) };
    const begun = await tx.staffExport.create({
      data: { id: newId(createdAt), ownerOid: caller.oid, actor, kind, filter, createdAt },
    });
    await ctx.queue.add(tx, 'buildExport', { exportId: begun.id });
    const target = { type: 'export', id: begun.id };
    await writeAuditEvent(tx, caller, { action: 'export.create', target, details: { kind, ...filter } });
    return { status: 202, body: presentExport(begun, null) };
  });
}

/** One of the caller's exports; each link to its file is written down before it is given. @throws not_found, forbidden */
export async function getExport(
  ctx: Pick<Context, 'db' | 'clock' | 'exports'>,
  caller: StaffCaller,
  exportId: string,
): Promise<{ made: StaffExport; link: ExportLink | null }> {
  const made = await ctx.db.staffExport.findFirst({ where: { id: exportId, ownerOid: caller.oid } });
  if (!made) throw exportNotFound();
  assertMay(caller, made.kind);
  const now = ctx.clock.now();
  if (made.status !== 'ready' || made.expiresAt === null || made.file === null) return { made, link: null };
  if (made.expiresAt <= now) return { made: { ...made, status: 'expired' }, link: null };

  const expiresAt = new Date(Math.min(made.expiresAt.getTime(), now.getTime() + linkMs));
  const target = { type: 'export', id: exportId };
  await writeAuditEvent(ctx.db, caller, { action: 'export.link', target, details: { until: expiresAt.toISOString() } });
  const fileName = `${made.kind}-${made.createdAt.toISOString().slice(0, 10)}.csv`;
  return { made, link: { url: await ctx.exports.sign(made.file, { fileName, expiresAt }), expiresAt } };
}

function assertMay({ roles }: StaffCaller, kind: string): void {
  const allowed = exportKind(kind).roles;
  if (!roles.some((role) => allowed.includes(role))) throw missingRole(allowed);
}

function assertRange(filter: object): void {
  const { from, to } = filter as FilterOf<'audit_events'>;
  if (from !== undefined && to !== undefined && new Date(from) > new Date(to)) throw rangeReversed();
}

function actorOf({ oid, tid, name, appId, roles }: StaffCaller): Actor {
  return { oid, tid, name, appId, roles };
}
