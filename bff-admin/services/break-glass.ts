/** Acting alone when nobody else can be reached: for a short time, told to everyone who could have approved, and reviewed afterwards. */
import { inTransaction } from '#platform/database';
import { idempotent } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Context, Tx } from '../context.ts';
import * as errors from '../errors.ts';
import { grantStatus, presentBreakGlass } from '../helpers/present-proposal.ts';
import type { StaffCaller, StaffIdentity } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { kindsFor } from './proposal-kinds.ts';
import type { Proposed } from './proposal-kinds.ts';
import { whereAfter } from './proposal-list.ts';
import { addProposal, assertOpen, assertSecondPerson, execute, finish, lockProposal } from './proposals.ts';
import type { BreakGlassRow } from './proposal-rows.ts';

type Using = Pick<Context, 'db' | 'clock'>;

const withProposal = { include: { proposal: true } };

/** Makes a proposal that its author may carry out alone until the minutes are over; once for an idempotency key. */
export async function breakGlass(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: StaffCaller,
  { key, minutes, ...proposed }: Proposed & { minutes: number; key: string | undefined },
) {
  const request = { ...proposed, minutes };
  return idempotent(ctx.db, { ownerId: caller.oid, operation: 'breakGlass', key, request }, async (tx) => {
    const proposal = await addProposal(ctx, tx, caller, proposed);
    const createdAt = ctx.clock.now();
    const expiresAt = new Date(createdAt.getTime() + minutes * 60_000);
    const data = { id: newId(createdAt), proposalId: proposal.id, createdAt, expiresAt };
    const grant = await tx.breakGlass.create({ ...withProposal, data });
    await ctx.queue.add(tx, 'alertBreakGlass', { breakGlassId: grant.id });
    const { kind, payloadHash, reason } = proposal;
    const details = { proposalId: proposal.id, kind, payloadHash, minutes };
    await writeAuditEvent(tx, caller, { action: 'break_glass.open', target: targetOf(grant), reason, details });
    return { status: 201, body: presentBreakGlass(grant, createdAt) };
  });
}

/** Tells whoever watches the log: somebody must look at it. */
export async function alertBreakGlass({ db, log }: Pick<Context, 'db' | 'log'>, breakGlassId: string): Promise<void> {
  const { proposal, expiresAt } = await findGrant(db, breakGlassId);
  const { id: proposalId, kind, authorOid } = proposal;
  log.error({ breakGlassId, proposalId, kind, authorOid, expiresAt }, 'the glass was broken: approvers must review it');
}

/** Grants, newest first. */
export async function listBreakGlass(
  { db }: Using,
  caller: StaffCaller,
  { reviewed, limit, cursor }: PageRequest & { reviewed?: boolean | undefined },
) {
  await writeAuditEvent(db, caller, { action: 'break_glass.search', details: { reviewed: reviewed ?? null } });
  const rows = await db.breakGlass.findMany({
    ...withProposal,
    where: { ...(reviewed !== undefined && { verdict: reviewed ? { not: null } : null }), ...whereAfter(cursor) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }));
}

/** How many nobody has reviewed yet. */
export function countUnreviewedBreakGlass({ db }: Pick<Context, 'db'>): Promise<number> {
  return db.breakGlass.count({ where: { verdict: null } });
}

/** How many of them wait for this person, who may not review their own. */
export async function countBreakGlassFor({ db }: Pick<Context, 'db'>, { oid, roles }: StaffIdentity): Promise<number> {
  const kinds = kindsFor(roles);
  return db.breakGlass.count({ where: { verdict: null, proposal: { authorOid: { not: oid }, kind: { in: kinds } } } });
}

/** @throws not_found */
export async function getBreakGlass({ db }: Using, caller: StaffCaller, id: string): Promise<BreakGlassRow> {
  const grant = await findGrant(db, id);
  await writeAuditEvent(db, caller, { action: 'break_glass.view', target: targetOf(grant) });
  return grant;
}

/** Carries one's own proposal out alone, once. @throws forbidden, proposal_changed, proposal_closed, proposal_expired */
export async function executeBreakGlass(
  ctx: Context,
  caller: StaffCaller,
  { breakGlassId, payloadHash: seen }: { breakGlassId: string; payloadHash: string },
): Promise<BreakGlassRow> {
  const { proposalId } = await findGrant(ctx.db, breakGlassId);
  const decisionId = await inTransaction(ctx.db, async (tx) => {
    const proposal = await lockProposal(tx, caller, proposalId);
    if (proposal.authorOid !== caller.oid) throw errors.notTheAuthor();
    if (!caller.isPerson) throw errors.needsPerson();
    assertOpen(ctx, proposal);
    const grant = await findGrant(tx, breakGlassId);
    if (grant.expiresAt <= ctx.clock.now()) throw errors.proposalExpired();
    await tx.breakGlass.update({ where: { id: breakGlassId }, data: { usedAt: ctx.clock.now() } });
    return execute(ctx, tx, caller, { proposal, seen, brokeGlass: true });
  });
  await finish(ctx, proposalId, decisionId);
  return findGrant(ctx.db, breakGlassId);
}

/** Says afterwards, as somebody else, whether it was right. @throws self_approval, forbidden, break_glass_active, proposal_closed */
export async function reviewBreakGlass(
  ctx: Using,
  caller: StaffCaller,
  { breakGlassId, verdict, note }: { breakGlassId: string; verdict: string; note: string },
): Promise<BreakGlassRow> {
  return inTransaction(ctx.db, async (tx) => {
    const { proposalId } = await findGrant(tx, breakGlassId);
    const proposal = await lockProposal(tx, caller, proposalId);
    assertSecondPerson(caller, proposal);
    const grant = await findGrant(tx, breakGlassId);
    if (grant.verdict !== null) throw errors.proposalClosed('It is reviewed.');
    if (grantStatus(grant, ctx.clock.now()) === 'active') throw errors.breakGlassActive();
    const reviewer = { reviewedByOid: caller.oid, reviewedByName: caller.name, reviewedAt: ctx.clock.now() };
    const data = { verdict, reviewNote: note, ...reviewer };
    const reviewed = await tx.breakGlass.update({ ...withProposal, where: { id: breakGlassId }, data });
    const details = { verdict };
    await writeAuditEvent(tx, caller, { action: 'break_glass.review', target: targetOf(grant), reason: note, details });
    return reviewed;
  });
}

async function findGrant(db: Tx, id: string): Promise<BreakGlassRow> {
  const grant = await db.breakGlass.findUnique({ ...withProposal, where: { id } });
  if (!grant) throw errors.breakGlassNotFound();
  return grant;
}

function targetOf({ id }: { id: string }) {
  return { type: 'break_glass', id };
}
