import type { Request } from 'express';
import { bearerToken } from '#platform/bearer';
import { Problem } from '#platform/problem';
import type { ActsFor } from '#platform/service-token';
import type { Context } from '../context.ts';
import { signedOut } from '../errors.ts';
import type { Session } from '../helpers/user-tokens.ts';

/** Who calls: a signed-in person, or (in open operations) nobody. */
export class MobileCaller {
  readonly #session: Session | undefined;

  constructor(session?: Session) {
    this.#session = session;
  }

  /** For whom an open operation asks another service: the person, if one is signed in. */
  get actsFor(): ActsFor {
    return this.#session ? { userId: this.#session.userId } : { service: true };
  }

  /** The person, if one is signed in. */
  findUserId(): string | undefined {
    return this.#session?.userId;
  }

  get session(): Session {
    if (!this.#session) throw new Problem('unauthenticated');
    return this.#session;
  }

  get userId(): string {
    return this.session.userId;
  }
}

export const nobody = new MobileCaller();

/** Takes an access token from the Authorization header, and from nowhere else; refuses those of ended sessions. */
export function createUserAuthenticator({ userTokens, endedSessions }: Pick<Context, 'userTokens' | 'endedSessions'>) {
  return async function authenticateUser(request: Request): Promise<MobileCaller | undefined> {
    const token = bearerToken(request);
    if (token === undefined) return undefined;
    const session = await userTokens.verifyAccess(token);
    if (endedSessions.has(session.sessionId)) throw signedOut();
    return new MobileCaller(session);
  };
}
