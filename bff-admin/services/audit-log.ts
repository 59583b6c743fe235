import { cursorForms, decodeCursor } from '#platform/cursor';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { Page, PageRequest } from '#platform/page';
import { currentContext } from '#platform/request-context';
import type { AuditEvent, Prisma } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { rangeReversed } from '../errors.ts';
import type { StaffIdentity } from '../helpers/staff-caller.ts';

/** Who a line is about to name: the caller, or whoever decided what a job carries out. */
export type Actor = Omit<StaffIdentity, 'roles'> & { roles: string[]; appId: string };

export type Outcome = 'pending' | 'done' | 'refused';

/** Facts of a line; whole numbers only, since the hash is over their canonical text. */
export type Details = Record<string, string | number | boolean | null | string[]>;

export interface NewAuditEvent {
  id?: string;
  /** The pending line that this one closes. */
  closesId?: string;
  action: string;
  target?: { type: string; id: string };
  reason?: string;
  outcome?: Outcome;
  details?: Details;
}

/** A line, with the one that closed it. */
export type AuditLine = AuditEvent & { closedBy: AuditEvent | null };

/**
 * Adds a line to the audit log and gives its id. In a transaction, the line stands exactly when the rest of it does; the
 * log's own lock is held until it ends, so append as late as possible.
 */
export async function writeAuditEvent(db: Tx, actor: Actor, event: NewAuditEvent): Promise<string> {
  const id = event.id ?? newId();
  const { oid, tid, name, appId, roles } = actor;
  await db.$queryRaw`
    SELECT append_audit_event(
      ${id}::uuid, ${event.closesId ?? null}::uuid, ${JSON.stringify({ oid, tid, name, appId, roles })}::jsonb,
      ${event.action}, ${event.target?.type ?? null}, ${event.target?.id ?? null}, ${event.reason ?? null},
      ${event.outcome ?? 'done'}, ${JSON.stringify(event.details ?? {})}::jsonb, ${currentContext()?.traceId ?? ''})`;
  return id;
}

export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  targetType?: string | undefined;
  targetId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  outcome?: Outcome | undefined;
  /** The beginning of actions to leave out. */
  except?: string | undefined;
}

/** The same for somebody who asks. What the log says of people is theirs too, so who looked for what is written down before it is shown. */
export async function searchAuditEvents(
  ctx: Pick<Context, 'db'>,
  caller: Actor,
  { limit, cursor, ...filter }: PageRequest & AuditFilter,
): Promise<Page<AuditLine>> {
  const page = await listAuditEvents(ctx, filter, { limit, cursor });
  const asked = Object.entries(filter).filter(([, value]) => value !== undefined) as [string, string][];
  await writeAuditEvent(ctx.db, caller, { action: 'audit.search', details: Object.fromEntries(asked) });
  return page;
}

/** Lines, newest first. Closing lines are not listed: they are the outcome of the line that they close. */
export async function listAuditEvents(
  { db }: Pick<Context, 'db'>,
  filter: AuditFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<AuditLine>> {
  const rows = await db.auditEvent.findMany({
    where: { ...whereOf(filter), closesId: null, ...(cursor !== undefined && { seq: { lt: seqOf(cursor) } }) },
    include: { closedBy: true },
    orderBy: { seq: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ seq }) => ({ seq: seq.toString() }));
}

function whereOf(filter: AuditFilter): Prisma.AuditEventWhereInput {
  const { actor, action, targetType, targetId, from, to, outcome, except } = filter;
  if (from !== undefined && to !== undefined && new Date(from) > new Date(to)) throw rangeReversed();
  return {
    ...(actor !== undefined && { actorOid: actor }),
    ...(action !== undefined && { action }),
    ...(targetType !== undefined && { targetType }),
    ...(targetId !== undefined && { targetId }),
    ...(outcome !== undefined && whereOutcome(outcome)),
    ...(except !== undefined && { NOT: { action: { startsWith: except } } }),
    at: { ...(from !== undefined && { gte: new Date(from) }), ...(to !== undefined && { lt: new Date(to) }) },
  };
}

/** A line that was closed has the outcome of its closing line. */
function whereOutcome(outcome: Outcome): Prisma.AuditEventWhereInput {
  if (outcome === 'pending') return { outcome, closedBy: null };
  return { OR: [{ outcome }, { closedBy: { outcome } }] };
}

function seqOf(cursor: string): bigint {
  return BigInt(decodeCursor(cursor, { seq: cursorForms.count }).seq);
}
