import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { invalidCredentials, notFound } from '../errors.ts';
import { isPassword } from '../helpers/password.ts';
import { endClosure } from './closures.ts';
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
const toldForMs = 60 * 60_000;
const overlapMs = 5_000;

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
export async function endSession(ctx: Pick<Context, 'db' | 'clock'>, caller: Caller, sessionId: string): Promise<void> {
  const mine = { id: sessionId, accountId: caller.userId };
  const { count } = await ctx.db.session.updateMany({
    where: { ...mine, endedAt: null },
    data: { endedAt: ctx.clock.now(), endReason: 'signed_out' },
  });
  if (count === 0 && !(await ctx.db.session.findFirst({ where: mine, select: { id: true } }))) throw notFound();
}

/** Sessions that ended after `since`, oldest first, and where to go on from: a little back, for ends not yet committed. */
export async function listEndedSessions(ctx: Pick<Context, 'db' | 'clock'>, since: Date) {
  const now = ctx.clock.now().getTime();
  const from = new Date(Math.max(since.getTime(), now - toldForMs));
  const sessions = await ctx.db.session.findMany({
    where: { endedAt: { gte: from } },
    orderBy: { endedAt: 'asc' },
    take: endedAtMost,
    select: { id: true, accountId: true, endedAt: true },
  });
  const items = sessions.flatMap(({ id, accountId, endedAt }) => (endedAt ? [{ id, accountId, endedAt }] : []));
  const last = items.length === endedAtMost ? items.at(-1)?.endedAt : undefined;
  return { items, asOf: last ?? new Date(now - overlapMs) };
}
