import type { Caller } from '#platform/caller';
import type { ReportSubject, StaffAction } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { contentGone, notFound, notRemovable } from '../errors.ts';
import { assertKnownRules } from '../validation/rules.ts';
import { decide } from './decisions.ts';
import type { Decision } from './decisions.ts';
import { notifyAll } from './notify.ts';
import { takeDown } from './removals.ts';
import { addSanction } from './sanctions.ts';
import { suspend } from './suspensions.ts';

type Action = 'dismiss' | 'remove_content' | 'warn' | 'suspend';

interface ReportDecision extends Decision {
  subject: { type: ReportSubject; id: string };
  action: Action;
  ruleIds?: string[] | undefined;
  until: Date | null;
}

/** What is decided on: whose it is, and the post while it is there. */
interface Reported {
  accountId: string;
  post: { id: string; text: string } | undefined;
}

type ActContext = Pick<Context, 'clock' | 'queue'>;

const staffActions: Record<Action, StaffAction> = {
  dismiss: 'dismiss_reports',
  remove_content: 'remove_post',
  warn: 'warn',
  suspend: 'suspend',
};

/**
 * Does what staff decided about something that was reported, and closes every open report of it; once for a decision.
 * @throws unknown_rule, not_removable, content_gone; not_found when nothing of it is reported (any more)
 */
export async function decideReports(
  ctx: ActContext & Pick<Context, 'db'>,
  caller: Caller,
  { subject, action, ruleIds = [], ...decision }: ReportDecision,
): Promise<void> {
  assertKnownRules(ruleIds);
  if (action === 'remove_content' && subject.type !== 'post') throw notRemovable();
  await decide(
    ctx,
    caller,
    { ...decision, action: staffActions[action], targetId: subject.id },
    {
      lock: (tx) => lockReported(tx, subject),
      async carryOut(tx, reported) {
        await act(tx, ctx, { ...decision, action, ruleIds, reported });
        await closeReports(tx, ctx, { subject, outcome: action === 'dismiss' ? 'dismissed' : 'acted' });
      },
    },
  );
}

async function act(
  tx: Tx,
  ctx: ActContext,
  { action, reported, ...decision }: Omit<ReportDecision, 'subject'> & { ruleIds: string[]; reported: Reported },
): Promise<void> {
  const { decisionId, ruleIds } = decision;
  const { accountId, post } = reported;
  if (action === 'suspend') await suspend(tx, ctx, { ...decision, accountId });
  if (action === 'warn') {
    await addSanction(tx, ctx, { accountId, kind: 'warning', decisionId, ruleIds, ...(post && { post }) });
  }
  if (action !== 'remove_content') return;
  if (!post) throw contentGone();
  await takeDown(tx, ctx, { postId: post.id, accountId, decisionId, ruleIds });
}

/** Closes what is open, and tells each reporter of their own report. */
async function closeReports(
  tx: Tx,
  ctx: ActContext,
  { subject, outcome }: Pick<ReportDecision, 'subject'> & { outcome: 'acted' | 'dismissed' },
): Promise<void> {
  const closed = await tx.report.updateManyAndReturn({
    where: { subjectType: subject.type, subjectId: subject.id, status: 'open' },
    data: { status: outcome, resolvedAt: ctx.clock.now() },
    select: { id: true, reporterId: true },
  });
  const causes = closed.map(({ id, reporterId }) => ({
    accountId: reporterId,
    kind: 'moderation' as const,
    subject: { type: 'report' as const, id },
  }));
  await notifyAll(tx, ctx, causes);
}

/** Post first, then account: the order of all decisions. Whose it is stands in the reports. */
async function lockReported(tx: Tx, { type, id }: ReportDecision['subject']): Promise<Reported> {
  const posts =
    type === 'post'
      ? await tx.$queryRaw<{ id: string; text: string; deletedAt: Date | null }[]>`
          SELECT id, text, deleted_at AS "deletedAt" FROM post WHERE id = ${id}::uuid FOR NO KEY UPDATE`
      : [];
  const [owner] = await tx.$queryRaw<{ accountId: string }[]>`
    SELECT a.id AS "accountId" FROM account a
    WHERE a.id = (
      SELECT r.subject_owner_id FROM report r
      WHERE r.subject_id = ${id}::uuid AND r.subject_type = ${type}::report_subject LIMIT 1
    ) FOR NO KEY UPDATE`;
  if (!owner) throw notFound();
  const post = posts.find(({ deletedAt }) => deletedAt === null);
  return { accountId: owner.accountId, post: post && { id: post.id, text: post.text } };
}
