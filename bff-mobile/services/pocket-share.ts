import { problemOf } from '#platform/errors';
import type { components } from '#openapi/social';
import type { Context } from '../context.ts';

type PocketShare = components['schemas']['PocketShare'];
type FinancialContext = Pick<Context, 'financial'>;

const invitationsAtMost = 100;

/** Whose a pocket is and who may see it, or who sent an invitation, for social to judge by; undefined for what is not there. */
export async function findPocketShare(
  ctx: FinancialContext,
  userId: string,
  { type, id }: { type: string; id: string },
): Promise<PocketShare | undefined> {
  if (type === 'pocket') return shareOfPocket(ctx, userId, id);
  return type === 'invitation' ? shareOfInvitation(ctx, userId, id) : undefined;
}

async function shareOfPocket({ financial }: FinancialContext, userId: string, pocketId: string) {
  const path = { pocketId };
  const [share, own] = await Promise.all([
    unlessMissing(financial.getPocketShare({ caller: { service: true }, path })),
    unlessMissing(financial.getPocket({ caller: { userId }, path })),
  ]);
  return share && { ...share.body, opened: own !== undefined };
}

/** A pending invitation of the person, who may tell of whoever sent it. */
async function shareOfInvitation(
  { financial }: FinancialContext,
  userId: string,
  invitationId: string,
): Promise<PocketShare | undefined> {
  const query = { limit: invitationsAtMost };
  const { body } = await financial.listInvitations({ caller: { userId }, query });
  const invitation = body.items.find(({ id }) => id === invitationId.toLowerCase());
  return invitation && { ownerId: invitation.inviterId, audience: null, opened: true };
}

async function unlessMissing<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (problemOf(error)?.code === 'not_found') return undefined;
    throw error;
  }
}
