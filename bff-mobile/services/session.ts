import type { Context } from '../context.ts';
import type { Session } from '../helpers/user-tokens.ts';

type SessionContext = Pick<Context, 'social' | 'userTokens' | 'endedSessions'>;
type SignedIn = Awaited<ReturnType<Context['social']['createSession']>>['body'];
type Registration = Parameters<Context['social']['registerAccount']>[0]['body'];
type Credentials = Parameters<Context['social']['createSession']>[0]['body'];

const service = { service: true } as const;

export async function register(ctx: SessionContext, registration: Registration) {
  const { body } = await ctx.social.registerAccount({ caller: service, body: registration });
  return signedIn(ctx, body);
}

export async function login(ctx: SessionContext, credentials: Credentials) {
  const { body } = await ctx.social.createSession({ caller: service, body: credentials });
  return signedIn(ctx, body);
}

export async function refresh(ctx: SessionContext, refreshToken: string) {
  const { body } = await ctx.social.refreshSession({ caller: service, body: { refreshToken } });
  return signedIn(ctx, body);
}

/** Ends a session of the person: at once on this process, within a minute on the others. */
export async function endSession(ctx: SessionContext, { userId }: Session, sessionId: string): Promise<void> {
  await ctx.social.endSession({ caller: { userId }, path: { sessionId } });
  ctx.endedSessions.add(sessionId);
}

export async function stepUp(ctx: SessionContext, session: Session, password: string) {
  await ctx.social.checkPassword({ caller: { userId: session.userId }, body: { password } });
  const { token, expiresIn } = await ctx.userTokens.issueStepUp(session);
  return { stepUpToken: token, expiresIn };
}

/** The pair of tokens for the phone: the refresh token is social's, the access token ours. */
async function signedIn(ctx: SessionContext, { user, session }: SignedIn) {
  const access = await ctx.userTokens.issueAccess({ userId: user.id, sessionId: session.id });
  return { accessToken: access.token, refreshToken: session.refreshToken, expiresIn: access.expiresIn, user };
}
