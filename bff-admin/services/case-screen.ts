import type { components } from '#openapi/social';
import type { CaseEvent } from '#prisma/admin';
import type { Context } from '../context.ts';
import { isProblem } from '../helpers/is-problem.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { listCaseEvents } from './case-history.ts';
import { scopeOf } from './queues.ts';
import { getCase, withReports } from './report-cases.ts';
import type { CaseView } from './report-cases.ts';
import { readSection } from './sections.ts';
import type { Section } from './sections.ts';

type Schemas = components['schemas'];

export interface CaseScreen {
  found: CaseView;
  generatedAt: Date;
  /** The post as staff see it; null when it is about something else. */
  post: Section<Schemas['StaffPost'] | null>;
  reports: Section<Schemas['StaffReport'][]>;
  sanctions: Section<Schemas['StaffSanction'][]>;
  otherCases: CaseView[];
  history: CaseEvent[];
}

const sectionMs = 1_500;
const atMost = 100;

/** Everything that a decision needs, each part from its owner. The look is written down first. @throws not_found */
export async function getReport(ctx: Context, caller: StaffCaller, reportId: string): Promise<CaseScreen> {
  const one = await getCase(ctx, caller, reportId);
  const { id, subjectType, subjectId, subjectOwnerId: userId } = one;
  await writeAuditEvent(ctx.db, caller, {
    action: 'report.view',
    target: { type: 'report', id },
    details: { subjectType, subjectId, userId },
  });

  const call = { caller: { staffId: caller.oid }, timeoutMs: sectionMs };
  const [views, post, reports, sanctions, otherCases, history] = await Promise.all([
    withReports(ctx.db, [one]),
    readSection(ctx.clock, async () => (subjectType === 'post' ? findPost(ctx, call, subjectId) : null)),
    readSection(ctx.clock, async () => {
      const query = { subjectId, limit: atMost };
      return (await ctx.social.listReportsForStaff({ ...call, query })).body.items;
    }),
    readSection(ctx.clock, async () => {
      const query = { userId, limit: atMost };
      return (await ctx.social.listSanctionsForStaff({ ...call, query })).body.items;
    }),
    listOtherCases(ctx, caller, { id, userId }),
    listCaseEvents(ctx, id),
  ]);
  const found = views[0] ?? { ...one, reports: 0, categories: [] };
  return { found, generatedAt: ctx.clock.now(), post, reports, sanctions, otherCases, history };
}

async function findPost(
  { social }: Pick<Context, 'social'>,
  call: { caller: { staffId: string }; timeoutMs: number },
  postId: string,
): Promise<Schemas['StaffPost'] | null> {
  try {
    return (await social.getPostForStaff({ ...call, path: { postId } })).body;
  } catch (error) {
    if (isProblem(error, 'not_found')) return null;
    throw error;
  }
}

/** What else was reported of the same person, the latest first; a scoped moderator is shown their own queues. */
async function listOtherCases(
  { db }: Pick<Context, 'db'>,
  caller: StaffCaller,
  { id, userId }: { id: string; userId: string },
): Promise<CaseView[]> {
  const scope = await scopeOf(db, caller);
  const rows = await db.reportCase.findMany({
    where: { subjectOwnerId: userId, id: { not: id }, ...(scope && { queue: { in: scope } }) },
    orderBy: { openedAt: 'desc' },
    take: atMost,
  });
  return withReports(db, rows);
}
