import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import { invalidRefreshToken } from '../errors.ts';
import { hashRefreshToken, successorOf } from '../helpers/refresh-token.ts';
import { endSessions } from './end-sessions.ts';
import { noteActivity, sessionEnd } from './start-session.ts';
import type { SignedIn } from './start-session.ts';

const graceMs = 10_000;

type RefreshContext = Pick<Context, 'db' | 'clock' | 'queue' | 'config' | 'log'>;

/**
 * Exchanges a refresh token for its successor. A used one ends the session, unless it was used just now and its successor
 * was not: then somebody asks again for an answer that got lost, and gets the same one.
 * @throws invalid_refresh_token
 */
export async function refreshSession(ctx: RefreshContext, refreshToken: string): Promise<SignedIn> {
  // The end of a session must be kept, so nothing is thrown before the transaction is through.
  const signedIn = await inTransaction(ctx.db, (tx) => refresh(tx, ctx, refreshToken));
  if (!signedIn) throw invalidRefreshToken();
  return signedIn;
}

async function refresh(tx: Tx, ctx: RefreshContext, refreshToken: string): Promise<SignedIn | undefined> {
  const now = ctx.clock.now();
  const token = await findLocked(tx, refreshToken);
  if (!token || token.session.endedAt !== null || token.session.expiresAt <= now) return undefined;

  const successor = successorOf(refreshToken, ctx.config.refreshTokenKey);
  if (token.usedAt === null) {
    await rotate(tx, { token, successor, now });
    await noteActivity(tx, ctx, token.session.account);
  } else if (!(await isRepeated(tx, { usedAt: token.usedAt, successor, now }))) {
    const { sessionId, session } = token;
    await endSessions(tx, { accountId: session.accountId, sessionId, reason: 'token_reused' });
    ctx.log.info({ sessionId }, 'a used refresh token came again; the session has ended');
    return undefined;
  }

  const { id, profile } = token.session.account;
  if (!profile) return undefined;
  return {
    user: { id, handle: profile.handle, displayName: profile.displayName },
    session: { id: token.sessionId, refreshToken: successor, expiresAt: sessionEnd(token.usedAt ?? now) },
  };
}

/** The token, with its session locked first: what is read after that no other refresh can change. */
async function findLocked(tx: Tx, refreshToken: string) {
  const hash = hashRefreshToken(refreshToken);
  await tx.$queryRaw`
    SELECT id FROM session WHERE id = (SELECT session_id FROM refresh_token WHERE hash = ${hash}) FOR NO KEY UPDATE`;
  return tx.refreshToken.findUnique({
    where: { hash },
    include: { session: { include: { account: { include: { profile: true } } } } },
  });
}

type LockedToken = NonNullable<Awaited<ReturnType<typeof findLocked>>>;

async function rotate(
  tx: Tx,
  { token, successor, now }: { token: LockedToken; successor: string; now: Date },
): Promise<void> {
  await tx.refreshToken.update({ where: { hash: token.hash }, data: { usedAt: now } });
  await tx.refreshToken.create({
    data: { hash: hashRefreshToken(successor), sessionId: token.sessionId, issuedAt: now },
  });
  await tx.session.update({ where: { id: token.sessionId }, data: { lastUsedAt: now, expiresAt: sessionEnd(now) } });
}

async function isRepeated(
  tx: Tx,
  { usedAt, successor, now }: { usedAt: Date; successor: string; now: Date },
): Promise<boolean> {
  if (now.getTime() - usedAt.getTime() > graceMs) return false;
  const next = await tx.refreshToken.findUnique({ where: { hash: hashRefreshToken(successor) } });
  return next?.usedAt === null;
}
