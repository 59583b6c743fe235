import { cursorForms, decodeCursor } from '#platform/cursor';
import { idempotent } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Prisma } from '#prisma/admin';
import type { Context } from '../context.ts';
import { announcementNotFound, endsBeforeStart } from '../errors.ts';
import { presentAnnouncement } from '../helpers/present-announcement.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';

const liveAtMost = 20;

export interface NewAnnouncement {
  title: string;
  body: string;
  startsAt?: string;
  endsAt?: string;
}

/** Announces something; the audit line keeps what was said and when. @throws a problem when it ends before it begins */
export async function createAnnouncement(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: StaffCaller,
  { key, ...request }: NewAnnouncement & { key: string | undefined },
) {
  const startsAt = request.startsAt === undefined ? ctx.clock.now() : new Date(request.startsAt);
  const endsAt = request.endsAt === undefined ? null : new Date(request.endsAt);
  if (endsAt !== null && endsAt <= startsAt) throw endsBeforeStart();

  return idempotent(ctx.db, { ownerId: caller.oid, operation: 'createAnnouncement', key, request }, async (tx) => {
    const { title, body } = request;
    const made = await tx.announcement.create({ data: { id: newId(ctx.clock.now()), title, body, startsAt, endsAt } });
    const target = { type: 'announcement', id: made.id };
    const details = { title, body, startsAt: startsAt.toISOString(), endsAt: endsAt?.toISOString() ?? null };
    await writeAuditEvent(tx, caller, { action: 'announcement.create', target, details });
    return { status: 201, body: presentAnnouncement(made) };
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

/** What is announced at this moment, newest first. */
export async function listLiveAnnouncements({ db, clock }: Pick<Context, 'db' | 'clock'>) {
  const now = clock.now();
  return db.announcement.findMany({
    where: { startsAt: { lte: now }, OR: [{ endsAt: null }, { endsAt: { gt: now } }] },
    orderBy: [{ startsAt: 'desc' }, { id: 'desc' }],
    take: liveAtMost,
  });
}
