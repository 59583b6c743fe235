import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { byId, idBefore } from '../helpers/page.ts';

/** A sanction with all that staff see of it. */
export const forStaff = {
  decision: true,
  account: { select: { profile: true } },
} satisfies Prisma.SanctionInclude;

export type StaffSanctionRow = Prisma.SanctionGetPayload<{ include: typeof forStaff }>;

/** The sanction that a decision led to. @throws not_found */
export async function getSanctionForStaff(
  ctx: Pick<Context, 'db'>,
  { decisionId }: { decisionId: string },
): Promise<StaffSanctionRow> {
  const sanction = await ctx.db.sanction.findUnique({ where: { decisionId }, include: forStaff });
  if (!sanction) throw notFound();
  return sanction;
}

/** What staff hold or held against a person, newest first. */
export async function listSanctionsForStaff(
  ctx: Pick<Context, 'db'>,
  { userId, cursor, limit }: PageRequest & { userId: string },
) {
  const rows = await ctx.db.sanction.findMany({
    where: { accountId: userId, id: { lt: idBefore(cursor) } },
    include: forStaff,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, byId);
}
