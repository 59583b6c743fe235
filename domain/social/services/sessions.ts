import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { invalidCredentials, notFound } from '../errors.ts';
import { isPassword } from '../helpers/password.ts';
import { endClosure } from './closures.ts';
import { endSessions } from './end-sessions.ts';
import {
  anybodyAtAddress,
  forgetPasswordAttempts,
  personAnywhere,
  personAtAddress,
  returnPasswordAttempt,
  takePasswordAttempt,
} from './password-limit.ts';
import { noteActivity, startSession } from './start-session.ts';
import type { SignedIn } from './start-session.ts';

const endedAtMost = 10_000;
const toldFor = '1 hour';
const overlap = '30 seconds';

interface Credentials {
  email: string;
  password: string;
  deviceName?: string | undefined;
  clientAddress?: string | undefined;
}

/** @throws invalid_credentials, whichever of the two is wrong and in the same time; rate_limited */
export async function createSession(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  { email, password, deviceName, clientAddress = '' }: Credentials,
): Promise<SignedIn> {
  const here = personAtAddress(email, clientAddress);
  const elsewhere = [personAnywhere(email), ...(clientAddress === '' ? [] : [anybodyAtAddress(clientAddress)])];
  await takePasswordAttempt(ctx, [here, ...elsewhere]);

  const account = await ctx.db.account.findUnique({ where: { email }, include: { profile: true } });
  const matches = await isPassword(account?.passwordHash, password);
  if (!account?.profile || !matches) throw invalidCredentials();

  await forgetPasswordAttempts(ctx, here);
  await returnPasswordAttempt(ctx, elsewhere);
  const user = { id: account.id, handle: account.profile.handle, displayName: account.profile.displayName };
  return inTransaction(ctx.db, async (tx) => {
    await endClosure(tx, ctx, account.id);
    // The account is locked now: a password that has been changed meanwhile lets nobody in.
    const { passwordHash } = await tx.account.findUniqueOrThrow({ where: { id: account.id } });
    if (passwordHash !== account.passwordHash) throw invalidCredentials();
    await noteActivity(tx, ctx, account);
    return startSession(tx, ctx, { user, deviceName });
  });
}

/** The caller's living sessions, last used first. */
export async function listSessions(ctx: Pick<Context, 'db' | 'clock'>, caller: Caller) {
  return ctx.db.session.findMany({
    where: { accountId: caller.userId, endedAt: null, expiresAt: { gt: ctx.clock.now() } },
    orderBy: { lastUsedAt: 'desc' },
    take: 100,
  });
}

export type SessionRow = Awaited<ReturnType<typeof listSessions>>[number];

/** Idempotent; another's session is not found. */
export async function endSession({ db }: Pick<Context, 'db'>, caller: Caller, sessionId: string): Promise<void> {
  const accountId = caller.userId;
  const count = await endSessions(db, { accountId, sessionId, reason: 'signed_out' });
  const mine = { id: sessionId, accountId };
  if (count === 0 && !(await db.session.findFirst({ where: mine, select: { id: true } }))) throw notFound();
}

/**
 * Sessions that ended after `since`, oldest first, and where to go on from: further back than a transaction lasts, for ends that
 * were not committed yet.
 */
export async function listEndedSessions({ db }: Pick<Context, 'db'>, since: Date) {
  // What is asked first is not later than what is then read.
  const [told] = await db.$queryRaw<{ asOf: Date }[]>`SELECT now() - ${overlap}::interval AS "asOf"`;
  const items = await db.$queryRaw<{ id: string; accountId: string; endedAt: Date }[]>`/* listEndedSessions */
    SELECT id, account_id AS "accountId", ended_at AS "endedAt" FROM session
    WHERE ended_at >= greatest(${since}::timestamptz, now() - ${toldFor}::interval)
    ORDER BY ended_at LIMIT ${endedAtMost}`;
  const last = items.length === endedAtMost ? items.at(-1)?.endedAt : undefined;
  return { items, asOf: last ?? told?.asOf ?? since };
}
