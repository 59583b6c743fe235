import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { Store } from 'express-session';
import type { Session, SessionData } from 'express-session';
import { Prisma } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import type { StaffIdentity } from '../helpers/staff-caller.ts';

type Done = (error?: unknown) => void;

/** Whether a session still counts: the two limits, by the database's clock. */
const living = Prisma.sql`last_seen_at > now() - interval '15 minutes' AND created_at > now() - interval '8 hours'`;

/**
 * Where express-session keeps its sessions: table staff_session. The row is found by the hash of the id, so that whoever
 * reads the table cannot take a session over; the limits are judged by the database's clock.
 */
export class StaffSessionStore extends Store {
  readonly #db: Tx;
  /** The sessions that were found, not begun, by the request that holds them. */
  readonly #found = new WeakSet<SessionData>();

  constructor(db: Tx) {
    super();
    this.#db = db;
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    findSession(this.#db, sid).then((session) => {
      done(null, session);
    }, done);
  }

  override createSession(request: Request, content: SessionData): Session & SessionData {
    const session = super.createSession(request, content);
    this.#found.add(session);
    return session;
  }

  /** One that was ended while a request held it stays ended. */
  override set(sid: string, session: SessionData, done: Done = ignore): void {
    const save = this.#found.has(session) ? changeSession : beginSession;
    settle(save(this.#db, sid, session), done);
  }

  override touch(sid: string, _session: SessionData, done: Done = ignore): void {
    settle(touchSession(this.#db, sid), done);
  }

  override destroy(sid: string, done: Done = ignore): void {
    settle(deleteSession(this.#db, sid), done);
  }
}

/** Changes members of a living session: one that was ended meanwhile stays ended. */
export async function updateSession(db: Tx, sid: string, changes: Partial<SessionData>): Promise<void> {
  await db.$executeRaw`
    UPDATE staff_session SET content = content || ${JSON.stringify(changes)}::jsonb WHERE id_hash = ${hashOf(sid)}`;
}

/** Ends a session; false when there was none. */
export async function deleteSession(db: Tx, sid: string): Promise<boolean> {
  const { count } = await db.staffSession.deleteMany({ where: { idHash: hashOf(sid) } });
  return count > 0;
}

/** Ends every session that began under Azure AD's `sid`; gives who was signed in by them. */
export async function deleteSessionsOf(db: Tx, azureSid: string): Promise<StaffIdentity[]> {
  const ended = await db.$queryRaw<{ staff: StaffIdentity | null }[]>`
    DELETE FROM staff_session WHERE azure_sid = ${azureSid} AND ${living} RETURNING content -> 'staff' AS staff`;
  return ended.flatMap(({ staff }) => staff ?? []);
}

/** Removes what can never be found again. */
export async function removeEndedSessions({ db }: Pick<Context, 'db'>): Promise<void> {
  await db.$executeRaw`
    DELETE FROM staff_session WHERE NOT (${living})`;
}

async function findSession(db: Tx, sid: string): Promise<SessionData | null> {
  const [row] = await db.$queryRaw<{ content: SessionData }[]>`
    SELECT content FROM staff_session WHERE id_hash = ${hashOf(sid)} AND ${living}`;
  return row?.content ?? null;
}

async function beginSession(db: Tx, sid: string, session: Partial<SessionData>): Promise<void> {
  await db.$executeRaw`
    INSERT INTO staff_session (id_hash, content, azure_sid)
    VALUES (${hashOf(sid)}, ${JSON.stringify(session)}::jsonb, ${session.azureSid ?? null})
    ON CONFLICT (id_hash) DO UPDATE SET content = excluded.content, azure_sid = excluded.azure_sid, last_seen_at = now()`;
}

async function changeSession(db: Tx, sid: string, session: SessionData): Promise<void> {
  await db.$executeRaw`
    UPDATE staff_session SET content = ${JSON.stringify(session)}::jsonb, last_seen_at = now()
    WHERE id_hash = ${hashOf(sid)}`;
}

/** At most one write every half minute for each session. */
async function touchSession(db: Tx, sid: string): Promise<void> {
  await db.$executeRaw`
    UPDATE staff_session SET last_seen_at = now()
    WHERE id_hash = ${hashOf(sid)} AND last_seen_at < now() - interval '30 seconds'`;
}

function hashOf(sid: string): string {
  return createHash('sha256').update(sid).digest('base64url');
}

function settle(work: Promise<unknown>, done: Done): void {
  work.then(() => {
    done();
  }, done);
}

function ignore(): void {
  // express-session asks for no answer here.
}
