import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { forbidden } from '../errors.ts';
import { byPlace, placeBefore } from '../helpers/page.ts';
import type { InvitationFacts } from './facts.ts';
import { callLedger } from './ledger.ts';
import type { Booked } from './ledger.ts';
import { getPocket } from './pockets.ts';

type Using = Pick<Context, 'db' | 'clock'>;

interface Wanted {
  limit: number;
  cursor: string | undefined;
}

export function createInvitation(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  { key, ...invitation }: { key: string | undefined; pocketId: string; inviteeId: string; role: string },
): Promise<Booked<InvitationFacts>> {
  const hash = hashOf(invitation);
  return callLedger(db, 'invite_to_pocket', { ownerId, key, hash, ...invitation, at: clock.now() });
}

/** The pending invitations of a pocket, for its owner. */
export async function listPocketInvitations(
  ctx: Using,
  caller: Caller,
  { pocketId, limit, cursor }: Wanted & { pocketId: string },
): Promise<Page<InvitationFacts>> {
  const before = placeBefore(cursor);
  const { viewerRole } = await getPocket(ctx, caller, pocketId);
  if (viewerRole !== 'owner') throw forbidden();
  const rows = await ctx.db.$queryRaw<Row[]>`
    /* listPocketInvitations */ select invitation_of(id) as invitation from pocket_invitation
    where pocket_id = ${pocketId}::uuid and status = 'pending' and expires_at > ${ctx.clock.now()}::timestamptz
      and (created_at, id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
    order by created_at desc, id desc limit ${limit + 1}::int`;
  return page(rows, limit);
}

/** The pending invitations of the caller. */
export async function listInvitations(
  { db, clock }: Using,
  { userId }: Caller,
  { limit, cursor }: Wanted,
): Promise<Page<InvitationFacts>> {
  const before = placeBefore(cursor);
  const rows = await db.$queryRaw<Row[]>`
    /* listInvitations */ select invitation_of(id) as invitation from pocket_invitation
    where invitee_id = ${userId}::uuid and status = 'pending' and expires_at > ${clock.now()}::timestamptz
      and (created_at, id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
    order by created_at desc, id desc limit ${limit + 1}::int`;
  return page(rows, limit);
}

interface Row {
  invitation: InvitationFacts;
}

function page(rows: Row[], limit: number): Page<InvitationFacts> {
  return pageOf(
    rows.map(({ invitation }) => invitation),
    limit,
    byPlace,
  );
}

export function acceptInvitation(ctx: Using, caller: Caller, invitationId: string): Promise<InvitationFacts> {
  return decide(ctx, caller, 'accept_invitation', invitationId);
}

export function declineInvitation(ctx: Using, caller: Caller, invitationId: string): Promise<InvitationFacts> {
  return decide(ctx, caller, 'decline_invitation', invitationId);
}

/** The pocket's owner takes it back. */
export function withdrawInvitation(ctx: Using, caller: Caller, invitationId: string): Promise<InvitationFacts> {
  return decide(ctx, caller, 'withdraw_invitation', invitationId);
}

async function decide(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  name: 'accept_invitation' | 'decline_invitation' | 'withdraw_invitation',
  invitationId: string,
): Promise<InvitationFacts> {
  const { facts } = await callLedger<InvitationFacts>(db, name, { ownerId, invitationId, at: clock.now() });
  return facts;
}
