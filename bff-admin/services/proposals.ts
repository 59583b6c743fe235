/**
 * What one member of staff asks for and another agrees to. A proposal is bound to its payload by a hash that whoever approves must
 * name, waits for 24 hours, and is carried out once, as a decision in the name of who approved.
 */
import { inTransaction } from '#platform/database';
import { idempotent } from '#platform/idempotency';
import { newId } from '#platform/ids';
import { Problem } from '#platform/problem';
import type { Prisma, Proposal } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import * as errors from '../errors.ts';
import { flatDetails } from '../helpers/flat-details.ts';
import { payloadHash } from '../helpers/payload-hash.ts';
import { presentProposal } from '../helpers/present-proposal.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { decisionKind } from './decision-kinds.ts';
import { carryThrough, openDecision } from './decisions.ts';
import { assertMayDecide, completePayload, orderOf } from './proposal-kinds.ts';
import type { Proposed } from './proposal-kinds.ts';
import type { ProposalRow } from './proposal-rows.ts';

type Using = Pick<Context, 'db' | 'clock'>;

const lifeMs = 24 * 3_600_000;
const withGrant = { include: { breakGlass: true } };

/** Proposes something; once for an idempotency key. @throws forbidden without a role for this kind */
export async function createProposal(
  ctx: Using,
  caller: StaffCaller,
  { key, operation = 'createProposal', ...proposed }: Proposed & { key?: string | undefined; operation?: string },
) {
  return idempotent(ctx.db, { ownerId: caller.oid, operation, key, request: proposed }, async (tx) => {
    const made = await addProposal(ctx, tx, caller, proposed);
    return { status: 202, body: presentProposal({ ...made, breakGlass: null }, ctx.clock.now()) };
  });
}

/** The same in the caller's transaction. */
export async function addProposal(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  caller: StaffCaller,
  proposed: Proposed,
): Promise<Proposal> {
  const { kind, reason } = proposed;
  assertMayDecide(caller, kind);
  const { action, targetId } = orderOf(proposed);
  const createdAt = clock.now();
  // As the database will give it back: without members that are undefined.
  const payload = JSON.parse(JSON.stringify(await completePayload(tx, proposed))) as Prisma.InputJsonObject;
  const made = await tx.proposal.create({
    data: {
      id: newId(createdAt),
      kind,
      payload,
      payloadHash: payloadHash(payload),
      reason,
      targetType: decisionKind(action).target,
      targetId,
      authorOid: caller.oid,
      authorName: caller.name,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + lifeMs),
    },
  });
  const details = { kind, payloadHash: made.payloadHash, ...flatDetails(payload) };
  await writeAuditEvent(tx, caller, { action: 'proposal.create', target: targetOf(made), reason, details });
  return made;
}

/** @throws not_found */
export async function getProposal({ db }: Pick<Context, 'db'>, caller: StaffCaller, id: string): Promise<ProposalRow> {
  const row = await findProposal(db, id);
  await writeAuditEvent(db, caller, { action: 'proposal.view', target: targetOf(row) });
  return row;
}

/** Agrees, and has it carried out; once, by whoever is first. @throws self_approval, forbidden, proposal_changed, proposal_closed, proposal_expired */
export async function approveProposal(
  ctx: Context,
  caller: StaffCaller,
  { proposalId, payloadHash: seen }: { proposalId: string; payloadHash: string },
): Promise<ProposalRow> {
  const decisionId = await inTransaction(ctx.db, async (tx) => {
    const proposal = await lockProposal(tx, caller, proposalId);
    assertSecondPerson(caller, proposal);
    assertOpen(ctx, proposal);
    return execute(ctx, tx, caller, { proposal, seen, brokeGlass: false });
  });
  return finish(ctx, proposalId, decisionId);
}

/** @throws self_approval, proposal_closed, proposal_expired */
export async function rejectProposal(
  ctx: Using,
  caller: StaffCaller,
  { proposalId, reason }: { proposalId: string; reason: string },
) {
  return end(ctx, caller, { proposalId, reason, status: 'rejected' });
}

/** @throws forbidden for whoever is not its author; proposal_closed, proposal_expired */
export async function withdrawProposal(
  ctx: Using,
  caller: StaffCaller,
  { proposalId, reason }: { proposalId: string; reason: string },
) {
  return end(ctx, caller, { proposalId, reason, status: 'withdrawn' });
}

async function end(
  ctx: Using,
  caller: StaffCaller,
  { proposalId, reason, status }: { proposalId: string; reason: string; status: 'rejected' | 'withdrawn' },
): Promise<ProposalRow> {
  return inTransaction(ctx.db, async (tx) => {
    const proposal = await lockProposal(tx, caller, proposalId);
    const isOwn = proposal.authorOid === caller.oid;
    if (isOwn && status === 'rejected') throw errors.selfApproval();
    if (!isOwn && status === 'withdrawn') throw errors.notTheAuthor();
    assertOpen(ctx, proposal);
    const data = { status, ...deciderOf(ctx, caller), note: reason };
    const ended = await tx.proposal.update({ ...withGrant, where: { id: proposalId }, data });
    const action = status === 'rejected' ? 'proposal.reject' : 'proposal.withdraw';
    await writeAuditEvent(tx, caller, { action, target: targetOf(proposal), reason });
    return ended;
  });
}

/** Opens the decision that carries an open, locked proposal out. @throws proposal_changed, decision_open */
export async function execute(
  ctx: Pick<Context, 'clock' | 'queue'>,
  tx: Tx,
  caller: StaffCaller,
  { proposal, seen, brokeGlass }: { proposal: Proposal; seen: string; brokeGlass: boolean },
): Promise<string> {
  const { id, kind, payload, reason, authorOid } = proposal;
  if (seen !== proposal.payloadHash || payloadHash(payload) !== seen) throw errors.proposalChanged();
  const order = orderOf({ kind, payload } as unknown as Proposed);
  const bound = { proposalId: id, payloadHash: seen, proposedBy: authorOid, brokeGlass };
  const facts = { ...flatDetails(payload as object), ...bound };
  const decisionId = await openDecision(ctx, tx, caller, { ...order, reason, facts });
  const data = { status: 'executing', ...deciderOf(ctx, caller), brokeGlass, decisionId };
  await tx.proposal.update({ where: { id }, data });
  return decisionId;
}

/** Has it carried out, and says what came of it: a refusal stands in the proposal. */
export async function finish(ctx: Context, proposalId: string, decisionId: string): Promise<ProposalRow> {
  try {
    await carryThrough(ctx, decisionId);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
  return findProposal(ctx.db, proposalId);
}

/** Holds a proposal until the transaction ends. @throws not_found, and forbidden without a role for its kind */
export async function lockProposal(tx: Tx, caller: StaffCaller, id: string): Promise<Proposal> {
  await tx.$queryRaw`SELECT 1 FROM proposal WHERE id = ${id}::uuid FOR UPDATE`;
  const proposal = await findProposal(tx, id);
  assertMayDecide(caller, proposal.kind);
  return proposal;
}

/** @throws self_approval for its author, forbidden for an application */
export function assertSecondPerson({ oid, isPerson }: StaffCaller, { authorOid }: Proposal): void {
  if (authorOid === oid) throw errors.selfApproval();
  if (!isPerson) throw errors.needsPerson();
}

/** @throws proposal_closed, proposal_expired */
export function assertOpen({ clock }: Pick<Context, 'clock'>, { status, expiresAt }: Proposal): void {
  if (status !== 'pending') throw errors.proposalClosed(`It is ${status}.`);
  if (expiresAt <= clock.now()) throw errors.proposalExpired();
}

async function findProposal(db: Tx, id: string): Promise<ProposalRow> {
  const row = await db.proposal.findUnique({ ...withGrant, where: { id } });
  if (!row) throw errors.proposalNotFound();
  return row;
}

function deciderOf({ clock }: Pick<Context, 'clock'>, { oid, name }: StaffCaller) {
  return { decidedByOid: oid, decidedByName: name, decidedAt: clock.now() };
}

function targetOf({ id }: { id: string }) {
  return { type: 'proposal', id };
}
