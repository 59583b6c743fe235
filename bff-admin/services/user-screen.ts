import type { components as Financial } from '#openapi/financial';
import type { components as Social } from '#openapi/social';
import type { ReportCase, UserNote } from '#prisma/admin';
import type { Context } from '../context.ts';
import { isProblem } from '../helpers/is-problem.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { listAuditEvents, writeAuditEvent } from './audit-log.ts';
import type { AuditLine } from './audit-log.ts';
import { scopeOf } from './queues.ts';
import { readSection } from './sections.ts';
import type { Section } from './sections.ts';
import { latestUserNotes } from './user-notes.ts';

type Connections = Awaited<ReturnType<Context['flagship']['getConnectionsSummary']>>['body'];

export type CaseRow = ReportCase;

export interface UserScreen {
  userId: string;
  generatedAt: Date;
  account: Section<Social['schemas']['Account']>;
  sessions: Section<Social['schemas']['StaffSession'][]>;
  reports: Section<ReportCase[]>;
  sanctions: Section<Social['schemas']['StaffSanction'][]>;
  /** Only for those who may see money. */
  money?: Section<Financial['schemas']['MoneySummary']>;
  connections: Section<Connections>;
  notes: Section<UserNote[]>;
  audit: Section<AuditLine[]>;
}

const sectionMs = 1_500;
const mostItems = 20;

/** Everything about a person, each part from its owner, all asked at once. @throws not_found */
export async function getUser(ctx: Context, caller: StaffCaller, userId: string): Promise<UserScreen> {
  const showsMoney = caller.roles.includes('FinanceOps') || caller.roles.includes('Auditor');
  await writeView(ctx, caller, { userId, showsMoney });

  const { clock } = ctx;
  const call = { caller: { staffId: caller.oid }, path: { userId }, timeoutMs: sectionMs };
  const [account, sessions, reports, sanctions, money, connections, notes, audit] = await Promise.all([
    readSection(clock, async () => (await ctx.social.getAccount(call)).body),
    readSection(clock, async () => (await ctx.social.listSessionsForStaff(call)).body.items),
    readSection(clock, () => listCasesAbout(ctx, caller, userId)),
    readSection(clock, () => listSanctionsOf(ctx, caller, userId)),
    showsMoney ? readSection(clock, async () => (await ctx.financial.getMoneySummary(call)).body) : undefined,
    readSection(clock, async () => (await ctx.flagship.getConnectionsSummary(call)).body),
    readSection(clock, () => latestUserNotes(ctx, userId, mostItems)),
    readSection(clock, () => listLinesAbout(ctx, { userId, showsMoney })),
  ]);
  if (account.status === 'unavailable' && isProblem(account.problem, 'not_found')) throw account.problem;
  const parts = { account, sessions, reports, sanctions, ...(money && { money }), connections, notes, audit };
  return { userId, generatedAt: clock.now(), ...parts };
}

/** Who looked at what of whom, before anything is shown. */
async function writeView(
  ctx: Pick<Context, 'db'>,
  caller: StaffCaller,
  { userId, showsMoney }: { userId: string; showsMoney: boolean },
): Promise<void> {
  const money = showsMoney ? ['money'] : [];
  const sections = [
    'profile',
    'account',
    'sessions',
    'reports',
    'sanctions',
    ...money,
    'connections',
    'notes',
    'audit',
  ];
  await writeAuditEvent(ctx.db, caller, {
    action: 'user.view',
    target: { type: 'user', id: userId },
    details: { sections },
  });
}

/** The cases about what the person did, as far as the caller's queues go. */
async function listCasesAbout({ db }: Pick<Context, 'db'>, caller: StaffCaller, userId: string): Promise<ReportCase[]> {
  const scope = await scopeOf(db, caller);
  return db.reportCase.findMany({
    where: { subjectOwnerId: userId, ...(scope && { queue: { in: scope } }) },
    orderBy: [{ openedAt: 'desc' }, { id: 'desc' }],
    take: mostItems,
  });
}

async function listSanctionsOf({ social }: Pick<Context, 'social'>, caller: StaffCaller, userId: string) {
  const query = { userId, limit: mostItems };
  const asked = { caller: { staffId: caller.oid }, query, timeoutMs: sectionMs };
  return (await social.listSanctionsForStaff(asked)).body.items;
}

/** What was booked by hand says sums: it is for those who may see money. */
async function listLinesAbout(
  ctx: Pick<Context, 'db'>,
  { userId, showsMoney }: { userId: string; showsMoney: boolean },
): Promise<AuditLine[]> {
  const filter = { targetType: 'user', targetId: userId, ...(!showsMoney && { except: 'ledger.' }) };
  return (await listAuditEvents(ctx, filter, { limit: mostItems })).items;
}
