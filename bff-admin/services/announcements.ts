import { cursorForms, decodeCursor } from '#platform/cursor';
import { inTransaction } from '#platform/database';
import { assertIfMatch } from '#platform/etag';
import { idempotent } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { components } from '#openapi/bff-admin';
import type { Announcement, Prisma } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { announcementNotFound, endsBeforeStart, flagUnknown } from '../errors.ts';
import { presentAnnouncement } from '../helpers/present-announcement.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { readPhones } from './audiences.ts';
import { writeAuditEvent } from './audit-log.ts';
import { lockFlags } from './feature-flags.ts';

export type { Announcement };

type Audience = components['schemas']['NewAnnouncementAudience'];

export interface NewAnnouncement {
  title: string;
  body: string;
  startsAt?: string;
  endsAt?: string;
  audience?: Audience;
}

export interface AnnouncementChange extends Partial<Omit<NewAnnouncement, 'endsAt'>> {
  endsAt?: string | null;
}

/** Announces something; the audit line keeps what was said, when and to whom. @throws when it ends before it begins */
export async function createAnnouncement(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: StaffCaller,
  { key, ...request }: NewAnnouncement & { key: string | undefined },
) {
  const startsAt = request.startsAt === undefined ? ctx.clock.now() : new Date(request.startsAt);
  const endsAt = request.endsAt === undefined ? null : new Date(request.endsAt);
  if (endsAt !== null && endsAt <= startsAt) throw endsBeforeStart();

  return idempotent(ctx.db, { ownerId: caller.oid, operation: 'createAnnouncement', key, request }, async (tx) => {
    const { title, body, audience = {} } = request;
    const told = await readAudience(tx, audience);
    const data = { id: newId(ctx.clock.now()), title, body, startsAt, endsAt, ...told };
    const made = await tx.announcement.create({ data });
    await writeLine(tx, caller, 'announcement.create', made);
    return { status: 201, body: presentAnnouncement(made) };
  });
}

/** Changes an announcement. @throws not_found, precondition_failed, and when it would end before it begins */
export async function updateAnnouncement(
  { db }: Pick<Context, 'db'>,
  caller: StaffCaller,
  { id, ifMatch, change }: { id: string; ifMatch: string | undefined; change: AnnouncementChange },
): Promise<Announcement> {
  return inTransaction(db, async (tx) => {
    await tx.$queryRaw`SELECT id FROM announcement WHERE id = ${id}::uuid FOR UPDATE`;
    const current = await tx.announcement.findUnique({ where: { id } });
    if (!current) throw announcementNotFound();
    assertIfMatch(ifMatch, current.version, caller.oid);

    const { title = current.title, body = current.body, audience } = change;
    const startsAt = change.startsAt === undefined ? current.startsAt : new Date(change.startsAt);
    const endsAt = change.endsAt === undefined ? current.endsAt : timeOrNull(change.endsAt);
    if (endsAt !== null && endsAt <= startsAt) throw endsBeforeStart();
    const told = audience === undefined ? {} : await readAudience(tx, audience);
    const data = { title, body, startsAt, endsAt, ...told, version: current.version + 1 };
    const changed = await tx.announcement.update({ where: { id }, data });
    await writeLine(tx, caller, 'announcement.update', changed);
    return changed;
  });
}

/** Takes an announcement back. @throws not_found */
export async function deleteAnnouncement({ db }: Pick<Context, 'db'>, caller: StaffCaller, id: string): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.announcement.deleteMany({ where: { id } });
    if (count === 0) throw announcementNotFound();
    await writeAuditEvent(tx, caller, { action: 'announcement.delete', target: { type: 'announcement', id } });
  });
}

/** Everything that was announced and not taken back, the latest start first. */
export async function listAnnouncements({ db }: Pick<Context, 'db'>, { limit, cursor }: PageRequest) {
  const rows = await db.announcement.findMany({
    ...(cursor !== undefined && { where: after(cursor) }),
    orderBy: [{ startsAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ startsAt, id }) => ({ at: startsAt.toISOString(), id }));
}

/** The announcements that come after a cursor; it stays right when the one it was made from is taken back. */
function after(cursor: string): Prisma.AnnouncementWhereInput {
  const { at, id } = decodeCursor(cursor, { at: cursorForms.time, id: cursorForms.id });
  const startsAt = new Date(at);
  return { OR: [{ startsAt: { lt: startsAt } }, { startsAt, id: { lt: id } }] };
}

function timeOrNull(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

/** A flag that is named must be there, and stays until the transaction has ended. */
async function readAudience(tx: Tx, { flagKey, ...phones }: Audience) {
  if (flagKey !== undefined) {
    await lockFlags(tx);
    if (!(await tx.featureFlag.findUnique({ where: { key: flagKey } }))) throw flagUnknown();
  }
  return { ...readPhones(phones), flagKey: flagKey ?? null };
}

async function writeLine(tx: Tx, caller: StaffCaller, action: string, announcement: Announcement): Promise<void> {
  const { id, title, body, startsAt, endsAt, audience, version } = presentAnnouncement(announcement);
  const details = { title, body, startsAt, endsAt, ...audience, version };
  await writeAuditEvent(tx, caller, { action, target: { type: 'announcement', id }, details });
}
