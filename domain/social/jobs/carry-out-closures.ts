import { inTransaction } from '#platform/database';
import { newId } from '#platform/ids';
import { Problem } from '#platform/problem';
import type { AccountClosure } from '#prisma/social';
import type { Context, JobContext } from '../context.ts';
import { eraseAccount } from '../services/erase-account.ts';
import { sendLater } from '../services/send-later.ts';
import type { SocialJobs } from './jobs.ts';

const dayMs = 86_400_000;
const atOnce = 500;
const patienceDays = 3;

/** Begins what is due, each account a job, one after another; those that are not finished yet are begun again. */
export async function carryOutClosures({
  db,
  queue,
  clock,
  log,
}: Pick<Context, 'db' | 'queue' | 'clock' | 'log'>): Promise<void> {
  const now = clock.now();
  const due = await db.accountClosure.findMany({
    where: { effectiveAt: { lte: now } },
    orderBy: { effectiveAt: 'asc' },
    take: atOnce,
  });
  for (const { accountId } of due) {
    await queue.add(db, 'carryOutClosure', { accountId }, { key: `closure ${accountId}`, queueName: 'closures' });
  }
  const overdue = due.filter(({ effectiveAt }) => now.getTime() - effectiveAt.getTime() > patienceDays * dayMs);
  if (overdue.length > 0)
    log.error({ overdue: overdue.length }, 'accounts should have been deleted days ago: find out why');
}

type ClosureContext = Pick<
  JobContext,
  'db' | 'clock' | 'log' | 'queue' | 'config' | 'blobs' | 'exports' | 'financial' | 'flagship'
>;

/**
 * Deletes one account in all services: first where it can be refused, in financial, and in social last, so that a run that was
 * killed is found again and goes on. Until the first of them has forgotten the person, they can still come back.
 */
export async function carryOutClosure(
  ctx: ClosureContext,
  { accountId }: SocialJobs['carryOutClosure'],
): Promise<void> {
  const closure = await ctx.db.accountClosure.findUnique({ where: { accountId } });
  const pseudonym = closure && (await begin(ctx, closure));
  if (!pseudonym) return;
  const person = { caller: { service: true }, path: { userId: accountId }, body: { pseudonym } } as const;
  try {
    await ctx.financial.erasePerson(person);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'closing_blocked') throw error;
    // Money arrived since it was asked for, and nothing has been forgotten: the person must be able to fetch it.
    await putOff(ctx, closure);
    return;
  }
  await ctx.flagship.erasePerson(person);
  await eraseAccount(ctx, accountId);
  ctx.log.info('an account was deleted for good');
}

/** Marks a due closure as begun, unless money is in the way; gives the pseudonym, the same one however often it begins. */
async function begin(ctx: ClosureContext, closure: AccountClosure): Promise<string | undefined> {
  const { accountId } = closure;
  const now = ctx.clock.now();
  if (closure.effectiveAt > now) return undefined;
  if (closure.startedAt !== null && closure.pseudonym !== null) return closure.pseudonym;

  const { body } = await ctx.financial.getClosingBlockers({ caller: { service: true }, path: { userId: accountId } });
  if (body.blockers.length > 0) {
    await putOff(ctx, closure);
    return undefined;
  }
  const pseudonym = closure.pseudonym ?? newId(now);
  // Who has signed in since keeps the account.
  const { count } = await ctx.db.accountClosure.updateMany({
    where: { accountId, startedAt: null, effectiveAt: { lte: now } },
    data: { startedAt: now, pseudonym },
  });
  return count === 1 ? pseudonym : undefined;
}

/** By a day; until then the person can sign in, and keeps the account by it. They are told at once, and then every week. */
async function putOff(ctx: ClosureContext, { accountId, requestedAt, effectiveAt }: AccountClosure): Promise<void> {
  // Who came back meanwhile has no closure, or a later one, and is told nothing.
  const same = { accountId, requestedAt, effectiveAt };
  const daysWaited =
    Math.round((effectiveAt.getTime() - requestedAt.getTime()) / dayMs) - ctx.config.accountClosureDays;
  const tomorrow = new Date(ctx.clock.now().getTime() + dayMs);
  const isPutOff = await inTransaction(ctx.db, async (tx) => {
    const data = { effectiveAt: tomorrow, startedAt: null };
    const { count } = await tx.accountClosure.updateMany({ where: same, data });
    if (count === 1 && daysWaited % 7 === 0) await sendLater(tx, ctx, { kind: 'closure_put_off', accountId });
    return count === 1;
  });
  if (isPutOff) ctx.log.info('money is in the way of a closure; it is put off by a day');
}
