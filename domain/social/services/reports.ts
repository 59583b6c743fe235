import type { Caller } from '#platform/caller';
import { idempotent } from '#platform/idempotency';
import type { Outcome } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Report, ReportCategory, ReportSubject } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { notFound, ownContent } from '../errors.ts';
import { excerptOf } from '../helpers/excerpt.ts';
import { byId, idBefore } from '../helpers/page.ts';
import { presentReport } from '../helpers/present-report.ts';
import type { ReportView } from '../helpers/present-report.ts';
import { assertKnownRules } from '../validation/rules.ts';
import { limits, takeAllowance } from './limits.ts';
import { lockAccount } from './lock-account.ts';

export type { Report } from '#prisma/social';

/** Whose a pocket is and who may see it, or who sent an invitation, as the financial service says. */
interface PocketShare {
  ownerId: string;
  audience: 'public' | 'followers' | null;
  /** Whether the caller may open it: it is theirs, or they save in it too. */
  opened: boolean;
}

interface NewReport {
  subject: { type: ReportSubject; id: string };
  pocketShare?: PocketShare | undefined;
  category: ReportCategory;
  ruleIds?: string[] | undefined;
  comment?: string | undefined;
}

/** What a report is about. */
interface Subject {
  ownerId: string;
  excerpt: string | null;
}

/**
 * Reports once: while a report of the same subject is open, that one is given again (200).
 * @throws unknown_rule, own_content, rate_limited; not_found for what the caller may not see
 */
export async function createReport(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { key, report }: { key: string | undefined; report: NewReport },
): Promise<Outcome<ReportView> & { status: 200 | 201 }> {
  await takeAllowance(ctx, caller, limits.report);
  assertKnownRules(report.ruleIds ?? []);
  const { pocketShare: _asked, ...request } = report;
  const scope = { ownerId: caller.userId, operation: 'createReport', key, request };
  const outcome = await idempotent(ctx.db, scope, async (tx) => {
    // Reports of one person come one after the other, so that the second of two at once finds the first.
    await lockAccount(tx, caller.userId);
    const subject = await getSubject(tx, caller, report);
    const open = await findOpen(tx, caller, report.subject);
    if (open) return { status: 200, body: presentReport(open) };
    return { status: 201, body: presentReport(await insertReport(tx, ctx, caller, { report, subject })) };
  });
  return { ...outcome, status: outcome.status === 200 ? 200 : 201 };
}

/** The caller's reports, newest first. */
export async function listReports(ctx: Pick<Context, 'db'>, caller: Caller, { cursor, limit }: PageRequest) {
  const rows = await ctx.db.report.findMany({
    where: { reporterId: caller.userId, id: { lt: idBefore(cursor) } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, byId);
}

async function getSubject(tx: Tx, caller: Caller, { subject, pocketShare }: NewReport): Promise<Subject> {
  const find = {
    post: () => findPost(tx, caller, subject.id),
    user: () => findPerson(tx, caller, subject.id),
    pocket: () => findPocketOwner(tx, caller, pocketShare),
    invitation: () => findPocketOwner(tx, caller, pocketShare),
  };
  const found = await find[subject.type]();
  if (!found) throw notFound();
  if (found.ownerId === caller.userId) throw ownContent();
  return found;
}

async function findPost(tx: Tx, caller: Caller, postId: string): Promise<Subject | undefined> {
  const [post] = await tx.$queryRaw<{ ownerId: string; text: string }[]>`
    SELECT author_id AS "ownerId", text FROM visible_posts(${caller.userId}::uuid) WHERE id = ${postId}::uuid`;
  return post && { ownerId: post.ownerId, excerpt: excerptOf(post.text) };
}

/** Who has blocked the caller, or is leaving, is not there for them; whom they have blocked themselves is. */
async function findPerson(tx: Tx, caller: Caller, userId: string): Promise<Subject | undefined> {
  const person = await tx.account.findFirst({
    where: {
      id: userId,
      OR: [{ id: caller.userId }, { closure: null, blocked: { none: { blockedId: caller.userId } } }],
    },
    select: { id: true },
  });
  return person ? { ownerId: person.id, excerpt: null } : undefined;
}

/** Whoever saves in a pocket may see it; beside them everyone or the followers, as its owner says, but nobody across a block. */
async function findPocketOwner(tx: Tx, caller: Caller, share: PocketShare | undefined): Promise<Subject | undefined> {
  if (!share) return undefined;
  const ownerId = share.ownerId.toLowerCase();
  if (share.opened) {
    const owner = await tx.account.findUnique({ where: { id: ownerId }, select: { id: true } });
    return owner ? { ownerId, excerpt: null } : undefined;
  }
  const owner = await findPerson(tx, caller, ownerId);
  if (share.audience === 'public') return owner;
  if (share.audience === null) return undefined;
  const follow = { followerId: caller.userId, followeeId: ownerId, state: 'following' as const };
  return (await tx.follow.findFirst({ where: follow, select: { followeeId: true } })) ? owner : undefined;
}

function findOpen(tx: Tx, caller: Caller, { type, id }: NewReport['subject']): Promise<Report | null> {
  return tx.report.findFirst({
    where: { reporterId: caller.userId, subjectType: type, subjectId: id, status: 'open' },
  });
}

async function insertReport(
  tx: Tx,
  { clock }: Pick<Context, 'clock'>,
  caller: Caller,
  { report, subject }: { report: NewReport; subject: Subject },
): Promise<Report> {
  const now = clock.now();
  return tx.report.create({
    data: {
      id: newId(now),
      reporterId: caller.userId,
      subjectType: report.subject.type,
      subjectId: report.subject.id,
      subjectOwnerId: subject.ownerId,
      category: report.category,
      ruleIds: report.ruleIds ?? [],
      comment: report.comment ?? null,
      excerpt: subject.excerpt,
      createdAt: now,
    },
  });
}
