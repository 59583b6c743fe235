import { cursorForms, decodeCursor } from '#platform/cursor';
import { idempotent } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { Page, PageRequest } from '#platform/page';
import type { UserNote } from '#prisma/admin';
import type { Context } from '../context.ts';
import { presentUserNote } from '../helpers/present-user-note.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';

export type NoteRow = UserNote;

interface NewNote {
  userId: string;
  text: string;
  key: string | undefined;
}

/** Notes something about a person. The audit line names the note: its text may be personal, and the log is for ever. @throws not_found */
export async function createUserNote(
  ctx: Pick<Context, 'db' | 'clock' | 'social'>,
  caller: StaffCaller,
  { userId, text, key }: NewNote,
) {
  await ctx.social.getAccount({ caller: { staffId: caller.oid }, path: { userId } });
  const request = { userId, text };
  return idempotent(ctx.db, { ownerId: caller.oid, operation: 'createUserNote', key, request }, async (tx) => {
    const now = ctx.clock.now();
    const author = { authorOid: caller.oid, authorName: caller.name };
    const note = await tx.userNote.create({ data: { id: newId(now), userId, text, ...author, createdAt: now } });
    const target = { type: 'user', id: userId };
    await writeAuditEvent(tx, caller, { action: 'user.note', target, details: { noteId: note.id } });
    return { status: 201, body: presentUserNote(note) };
  });
}

/** The notes about a person, newest first. Who read them is written down before they are shown. */
export async function listUserNotes(
  { db }: Pick<Context, 'db'>,
  caller: StaffCaller,
  { userId, limit, cursor }: PageRequest & { userId: string },
): Promise<Page<UserNote>> {
  const before = cursor === undefined ? undefined : decodeCursor(cursor, { id: cursorForms.id }).id;
  await writeAuditEvent(db, caller, { action: 'user.notes', target: { type: 'user', id: userId } });
  const rows = await db.userNote.findMany({
    where: { userId, ...(before !== undefined && { id: { lt: before } }) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ id }) => ({ id }));
}

/** The latest notes, for a screen that has written down who looks. */
export async function latestUserNotes({ db }: Pick<Context, 'db'>, userId: string, limit: number): Promise<UserNote[]> {
  return db.userNote.findMany({ where: { userId }, orderBy: { id: 'desc' }, take: limit });
}
