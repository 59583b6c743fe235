import type { components as Financial } from '#openapi/financial';
import type { components as Social, operations as SocialOperations } from '#openapi/social';
import type { Context } from '../context.ts';
import { untilNotInFuture } from '../errors.ts';
import { isProblem } from '../helpers/is-problem.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { listAuditEvents, writeAuditEvent } from './audit-log.ts';
import type { AuditLine } from './audit-log.ts';
import type { AnswerOf } from './decision-kinds.ts';
import { decide } from './decisions.ts';
import type { Decided } from './decisions.ts';
import { readSection } from './sections.ts';
import type { Section } from './sections.ts';

type Search = NonNullable<SocialOperations['listAccounts']['parameters']['query']>;
type Connections = Awaited<ReturnType<Context['flagship']['getConnectionsSummary']>>['body'];

export interface UserScreen {
  userId: string;
  generatedAt: Date;
  account: Section<Social['schemas']['Account']>;
  /** Only for those who may see money. */
  money?: Section<Financial['schemas']['MoneySummary']>;
  connections: Section<Connections>;
  audit: Section<AuditLine[]>;
}

const sectionMs = 1_500;
const auditLines = 20;

/** Searches people. Who looked, and for what, is written down before anything is shown. */
export async function listUsers(ctx: Pick<Context, 'db' | 'social'>, caller: StaffCaller, search: Search) {
  const { q, status } = search;
  await writeAuditEvent(ctx.db, caller, { action: 'user.search', details: { q: q ?? null, status: status ?? null } });
  return (await ctx.social.listAccounts({ caller: { staffId: caller.oid }, query: search })).body;
}

/** Everything about a person, each part from its owner, all asked at once. @throws not_found */
export async function getUser(ctx: Context, caller: StaffCaller, userId: string): Promise<UserScreen> {
  const showsMoney = caller.roles.includes('FinanceOps') || caller.roles.includes('Auditor');
  const shown = ['profile', 'account', ...(showsMoney ? ['money'] : []), 'connections', 'audit'];
  await writeAuditEvent(ctx.db, caller, {
    action: 'user.view',
    target: { type: 'user', id: userId },
    details: { sections: shown },
  });

  const call = { caller: { staffId: caller.oid }, path: { userId }, timeoutMs: sectionMs };
  const [account, money, connections, audit] = await Promise.all([
    readSection(ctx.clock, async () => (await ctx.social.getAccount(call)).body),
    showsMoney ? readSection(ctx.clock, async () => (await ctx.financial.getMoneySummary(call)).body) : undefined,
    readSection(ctx.clock, async () => (await ctx.flagship.getConnectionsSummary(call)).body),
    readSection(
      ctx.clock,
      async () => (await listAuditEvents(ctx, { targetType: 'user', targetId: userId }, { limit: auditLines })).items,
    ),
  ]);
  if (account.status === 'unavailable' && isProblem(account.problem, 'not_found')) throw account.problem;
  return { userId, generatedAt: ctx.clock.now(), account, ...(money && { money }), connections, audit };
}

/** Suspends a person, until they are restored or the time has come. @throws decision_open, not_found */
export async function suspendUser(
  ctx: Context,
  caller: StaffCaller,
  { userId, reason, until }: { userId: string; reason: string; until?: string | undefined },
): Promise<Decided<AnswerOf<'user.suspend'>>> {
  if (until !== undefined && new Date(until) <= ctx.clock.now()) throw untilNotInFuture();
  const facts = until === undefined ? {} : { until };
  return decide(ctx, caller, { action: 'user.suspend', targetId: userId, reason, facts });
}

/** Ends a suspension. @throws decision_open, not_found */
export async function restoreUser(
  ctx: Context,
  caller: StaffCaller,
  { userId, reason }: { userId: string; reason: string },
): Promise<Decided<AnswerOf<'user.restore'>>> {
  return decide(ctx, caller, { action: 'user.restore', targetId: userId, reason, facts: {} });
}
