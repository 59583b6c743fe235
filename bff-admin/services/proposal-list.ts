import { cursorForms, decodeCursor } from '#platform/cursor';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { components } from '#openapi/bff-admin';
import type { Prisma } from '#prisma/admin';
import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import type { ProposalKindName } from './proposal-kinds.ts';

type Using = Pick<Context, 'db' | 'clock'>;
type Status = components['schemas']['ProposalStatus'];

/** Proposals, newest first. */
export async function listProposals(
  { db, clock }: Using,
  caller: StaffCaller,
  { status, kind, limit, cursor }: PageRequest & { status?: Status | undefined; kind?: ProposalKindName | undefined },
) {
  const details = { status: status ?? null, kind: kind ?? null };
  await writeAuditEvent(db, caller, { action: 'proposal.search', details });
  const rows = await db.proposal.findMany({
    include: { breakGlass: true },
    where: { AND: [whereStatus(status, clock.now()), kind === undefined ? {} : { kind }, whereAfter(cursor)] },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }));
}

/** How many wait for a decision. */
export function countPendingProposals({ db, clock }: Using): Promise<number> {
  return db.proposal.count({ where: whereStatus('pending', clock.now()) });
}

function whereStatus(status: Status | undefined, now: Date): Prisma.ProposalWhereInput {
  if (status === undefined) return {};
  if (status === 'expired') return { status: 'pending', expiresAt: { lte: now } };
  return { status, ...(status === 'pending' && { expiresAt: { gt: now } }) };
}

/** What comes after a cursor, of lists that are sorted by their age. */
export function whereAfter(cursor: string | undefined) {
  if (cursor === undefined) return {};
  const { at, id } = decodeCursor(cursor, { at: cursorForms.time, id: cursorForms.id });
  const createdAt = new Date(at);
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] };
}
