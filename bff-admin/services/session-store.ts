import { createHash } from 'node:crypto';
import { Store } from 'express-session';
import type { SessionData } from 'express-session';
import type { Context, Tx } from '../context.ts';

type Done = (error?: unknown) => void;

/**
 * Where express-session keeps its sessions: table staff_session. The row is found by the hash of the id, so that whoever
 * reads the table cannot take a session over; the limits are judged by the database's clock.
 */
export class StaffSessionStore extends Store {
  readonly #db: Tx;

  constructor(db: Tx) {
    super();
    this.#db = db;
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    findSession(this.#db, sid).then((session) => {
      done(null, session);
    }, done);
  }

  override set(sid: string, session: SessionData, done: Done = ignore): void {
    settle(saveSession(this.#db, sid, session), done);
  }

  override touch(sid: string, _session: SessionData, done: Done = ignore): void {
    settle(touchSession(this.#db, sid), done);
  }

  override destroy(sid: string, done: Done = ignore): void {
    settle(this.#db.staffSession.deleteMany({ where: { idHash: hashOf(sid) } }), done);
  }
}

/** Changes members of a living session: one that was ended meanwhile stays ended. */
export async function updateSession(db: Tx, sid: string, changes: Partial<SessionData>): Promise<void> {
  await db.$executeRaw`
    UPDATE staff_session SET content = content || ${JSON.stringify(changes)}::jsonb WHERE id_hash = ${hashOf(sid)}`;
}

/** Removes what can never be found again. */
export async function removeEndedSessions({ db }: Pick<Context, 'db'>): Promise<void> {
  await db.$executeRaw`
    DELETE FROM staff_session
    WHERE last_seen_at <= now() - interval '15 minutes' OR created_at <= now() - interval '8 hours'`;
}

async function findSession(db: Tx, sid: string): Promise<SessionData | null> {
  const [row] = await db.$queryRaw<{ content: SessionData }[]>`
    SELECT content FROM staff_session
    WHERE id_hash = ${hashOf(sid)}
      AND last_seen_at > now() - interval '15 minutes' AND created_at > now() - interval '8 hours'`;
  return row?.content ?? null;
}

async function saveSession(db: Tx, sid: string, session: SessionData): Promise<void> {
  await db.$executeRaw`
    INSERT INTO staff_session (id_hash, content) VALUES (${hashOf(sid)}, ${JSON.stringify(session)}::jsonb)
    ON CONFLICT (id_hash) DO UPDATE SET content = excluded.content, last_seen_at = now()`;
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
