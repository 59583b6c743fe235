/** What the dashboard counts: each figure stands beside the operation that lists what it counts, and is counted as that one lists. */
import { countFailedJobs } from '#platform/failed-jobs';
import type { components as Financial } from '#openapi/financial';
import type { Context } from '../context.ts';
import { storageUnavailable } from '../errors.ts';
import { queues } from '../helpers/routing.ts';
import { roles } from '../helpers/staff-caller.ts';
import type { Role, StaffCaller } from '../helpers/staff-caller.ts';
import { countUnreviewedBreakGlass } from './break-glass.ts';
import { countLinesAfter, readNewest } from './checkpoints.ts';
import { countPendingProposals } from './proposal-list.ts';
import { countQueues } from './queues.ts';
import { takeOverLatest } from './report-intake.ts';

export interface Figure<Facts> {
  name: string;
  /** The path of the operation, with its query. */
  drillDown: string;
  /** Who may open that. */
  for: readonly Role[];
  of: (facts: Facts) => number | string;
}

/** Figures that come, or do not come, together. */
export interface Source {
  places: Pick<Figure<never>, 'name' | 'drillDown'>[];
  /** The values, in the order of the places. */
  count: () => Promise<(number | string)[]>;
}

interface Asked {
  caller: StaffCaller;
  /** The queues that the caller is held to; undefined when to none. */
  scope: string[] | undefined;
  now: Date;
}

type TransferStatus = Financial['schemas']['TransferStatus'];

const sourceMs = 1_500;
const newForMs = 24 * 3_600_000;
const moderators: Role[] = ['Admin', 'Moderator', 'Auditor'];
const approvers: Role[] = ['Admin', 'FinanceOps', 'Auditor'];
const moneyReaders: Role[] = ['FinanceOps', 'Auditor'];
const auditors: Role[] = ['Admin', 'Auditor'];
const transferStates: TransferStatus[] = ['created', 'unknown', 'submitted', 'processing', 'stalled', 'settled', 'failed', 'cancelled', 'returned']; // prettier-ignore

/** Everything that the caller may be shown, by where it comes from. */
export function figureSources(ctx: Context, asked: Asked): Source[] {
  return [
    fromSocial(ctx, asked),
    fromQueues(ctx, asked),
    fromFinancial(ctx, asked),
    fromFlagship(ctx, asked),
    fromHere(ctx, asked),
    fromCheckpoints(ctx, asked),
  ].filter(({ places }) => places.length > 0);
}

function fromSocial({ social }: Pick<Context, 'social'>, { caller, scope, now }: Asked): Source {
  const newFrom = new Date(now.getTime() - newForMs).toISOString();
  const deciders = scope === undefined || scope.includes('appeals') ? moderators : [];
  const read = async () =>
    (await social.getStaffFigures({ caller: { staffId: caller.oid }, query: { newFrom }, timeoutMs: sourceMs })).body;
  return source(caller, read, [
    { name: 'people.all', drillDown: '/v1/users', for: roles, of: ({ people }) => people },
    { name: 'people.new', drillDown: `/v1/users?createdFrom=${newFrom}`, for: roles, of: ({ newPeople }) => newPeople },
    { name: 'people.active', drillDown: '/v1/users?status=active', for: roles, of: (facts) => facts.activePeople },
    { name: 'people.suspended', drillDown: '/v1/users?status=suspended', for: roles, of: (facts) => facts.suspendedPeople }, // prettier-ignore
    { name: 'appeals.open', drillDown: '/v1/appeals?status=open', for: deciders, of: ({ openAppeals }) => openAppeals },
    failedJobs('social', ({ failedJobs: count }) => count),
  ]);
}

/** Cases that wait, by queue; what social has and this does not is taken over before, as the list does. */
function fromQueues(ctx: Context, { caller, scope }: Asked): Source {
  const read = () => takeOverLatest(ctx).then(() => countQueues(ctx));
  const shown = queues.filter((queue) => queue !== 'appeals' && (scope === undefined || scope.includes(queue)));
  return source(
    caller,
    read,
    shown.flatMap((queue) => [
      { name: `reports.open.${queue}`, drillDown: `/v1/reports?status=open&queue=${queue}`, for: moderators, of: (facts) => facts.get(queue)?.open ?? 0 }, // prettier-ignore
      { name: `reports.claimed.${queue}`, drillDown: `/v1/reports?status=claimed&queue=${queue}`, for: moderators, of: (facts) => facts.get(queue)?.claimed ?? 0 }, // prettier-ignore
      { name: `reports.overdue.${queue}`, drillDown: `/v1/reports?overdue=true&queue=${queue}`, for: moderators, of: (facts) => facts.get(queue)?.overdue ?? 0 }, // prettier-ignore
    ]),
  );
}

function fromFinancial({ financial }: Pick<Context, 'financial'>, { caller }: Asked): Source {
  const read = async () =>
    (await financial.getStaffFigures({ caller: { staffId: caller.oid }, timeoutMs: sourceMs })).body;
  return source(caller, read, [
    ...transferStates.map((status) => ({
      name: `transfers.${status}`,
      drillDown: `/v1/transfers?status=${status}`,
      for: moneyReaders,
      of: ({ transfers }: Financial['schemas']['StaffFigures']) => transfers[status],
    })),
    { name: 'breaks.open', drillDown: '/v1/reconciliation-breaks?status=open', for: moneyReaders, of: ({ openBreaks }) => openBreaks }, // prettier-ignore
    failedJobs('financial', ({ failedJobs: count }) => count),
  ]);
}

function fromFlagship({ flagship }: Pick<Context, 'flagship'>, { caller }: Asked): Source {
  const read = async () =>
    (await flagship.getStaffFigures({ caller: { staffId: caller.oid }, timeoutMs: sourceMs })).body;
  const health = { drillDown: '/v1/provider-health', for: approvers };
  return source(caller, read, [
    { name: 'provider.state', ...health, of: ({ provider }) => provider.state },
    { name: 'provider.waiting.events', ...health, of: ({ provider }) => provider.events },
    { name: 'provider.waiting.unanswered', ...health, of: ({ provider }) => provider.unanswered },
    { name: 'provider.waiting.stalled', ...health, of: ({ provider }) => provider.stalled },
    { name: 'provider.waiting.untold', ...health, of: ({ provider }) => provider.untold },
    failedJobs('flagship', ({ failedJobs: count }) => count),
  ]);
}

function fromHere(ctx: Pick<Context, 'db' | 'clock'>, { caller }: Asked): Source {
  const read = async () => {
    const [proposals, unreviewed, decisions, jobs] = await Promise.all([
      countPendingProposals(ctx),
      countUnreviewedBreakGlass(ctx),
      ctx.db.auditEvent.count({ where: { outcome: 'pending', closedBy: null } }),
      countFailedJobs(ctx.db, 'admin_jobs'),
    ]);
    return { proposals, unreviewed, decisions, jobs };
  };
  return source(caller, read, [
    { name: 'proposals.pending', drillDown: '/v1/proposals?status=pending', for: approvers, of: (facts) => facts.proposals }, // prettier-ignore
    { name: 'break-glass.unreviewed', drillDown: '/v1/break-glass?reviewed=false', for: approvers, of: (facts) => facts.unreviewed }, // prettier-ignore
    { name: 'decisions.pending', drillDown: '/v1/audit-events?outcome=pending', for: auditors, of: (facts) => facts.decisions }, // prettier-ignore
    failedJobs('bff-admin', ({ jobs }) => jobs),
  ]);
}

/** The newest signed head of the audit log, and how many lines nothing outside of the database speaks for yet. */
function fromCheckpoints(ctx: Pick<Context, 'db' | 'checkpoints'>, { caller }: Asked): Source {
  const read = async () => {
    const newest = await readNewest(ctx);
    if (newest.status === 'unavailable') throw storageUnavailable();
    const { at, seq } = newest.status === 'read' ? newest.checkpoint : { at: undefined, seq: 0 };
    return { latest: at?.toISOString() ?? newest.status, unsigned: await countLinesAfter(ctx, seq) };
  };
  const verification = { drillDown: '/v1/audit-events/verification', for: auditors };
  return source(caller, read, [
    { name: 'audit.latest-checkpoint', ...verification, of: ({ latest }) => latest },
    { name: 'audit.unsigned-lines', ...verification, of: ({ unsigned }) => unsigned },
  ]);
}

function failedJobs<Facts>(service: string, of: (facts: Facts) => number): Figure<Facts> {
  return { name: `jobs.failed.${service}`, drillDown: `/v1/failed-jobs?service=${service}`, for: auditors, of };
}

/** A source with those of its figures that the caller may open. */
function source<Facts>(
  { roles: own }: Pick<StaffCaller, 'roles'>,
  read: () => Promise<Facts>,
  figures: Figure<Facts>[],
): Source {
  const shown = figures.filter((figure) => own.some((role) => figure.for.includes(role)));
  return {
    places: shown.map(({ name, drillDown }) => ({ name, drillDown })),
    count: async () => {
      const facts = await read();
      return shown.map(({ of }) => of(facts));
    },
  };
}
