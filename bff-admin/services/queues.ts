import type { Context, Tx } from '../context.ts';
import { caseNotFound, outOfScope } from '../errors.ts';
import { queues } from '../helpers/routing.ts';
import type { QueueName } from '../helpers/routing.ts';
import type { Role, StaffCaller } from '../helpers/staff-caller.ts';

export interface QueueFigures {
  queue: QueueName;
  open: number;
  claimed: number;
  overdue: number;
  oldestOpenedAt: Date | null;
  members: string[];
}

/** Each queue with what waits there and who works in it. A scoped moderator is shown their own. */
export async function listQueues(ctx: Pick<Context, 'db' | 'clock'>, caller: StaffCaller): Promise<QueueFigures[]> {
  const scope = await scopeOf(ctx.db, caller);
  const shown = queues.filter((queue) => scope === undefined || scope.includes(queue));
  const [figures, members] = await Promise.all([countQueues(ctx), ctx.db.queueMember.findMany()]);
  return shown.map((queue) => ({
    queue,
    ...(figures.get(queue) ?? { open: 0, claimed: 0, overdue: 0, oldestOpenedAt: null }),
    members: members.filter((member) => member.queue === queue).map(({ oid }) => oid),
  }));
}

type Figures = Omit<QueueFigures, 'queue' | 'members'>;

/** What waits in each queue, and for how much of it the time is up. */
export async function countQueues({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<Map<string, Figures>> {
  const rows = await db.$queryRaw<(Figures & { queue: string })[]>`
    SELECT queue,
      count(*) FILTER (WHERE status = 'open')::int AS open,
      count(*) FILTER (WHERE status = 'claimed')::int AS claimed,
      count(*) FILTER (WHERE due_at < ${clock.now()})::int AS overdue,
      min(opened_at) AS "oldestOpenedAt"
    FROM report_case WHERE status IN ('open', 'claimed') GROUP BY queue`;
  return new Map(rows.map(({ queue, ...figures }) => [queue, figures]));
}

/** The queues that a caller is held to; undefined when to none: Admin, Auditor, and a moderator without any. */
export async function scopeOf(
  db: Tx,
  { oid, roles }: { oid: string; roles: readonly Role[] },
): Promise<string[] | undefined> {
  if (roles.includes('Admin') || !roles.includes('Moderator')) return undefined;
  const rows = await db.queueMember.findMany({ where: { oid }, select: { queue: true } });
  return rows.length === 0 ? undefined : rows.map(({ queue }) => queue);
}

/** What waits in another queue is not there for a scoped moderator. @throws not_found */
export async function assertSees(db: Tx, caller: StaffCaller, queue: string): Promise<void> {
  const scope = await scopeOf(db, caller);
  if (scope !== undefined && !scope.includes(queue)) throw caseNotFound();
}

/** For what is done beside the queue of reports: appeals in their own, the rest by those without a scope. @throws forbidden */
export async function assertWorksIn(db: Tx, caller: StaffCaller, queue?: QueueName): Promise<void> {
  const scope = await scopeOf(db, caller);
  if (scope !== undefined && (queue === undefined || !scope.includes(queue))) throw outOfScope();
}
