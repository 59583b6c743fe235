import type { Prisma } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Context } from '../context.ts';
import { providerUnavailable } from '../errors.ts';
import { readNameCursor } from '../validation/cursors.ts';

interface Wanted extends PageRequest {
  q?: string | undefined;
  country?: string | undefined;
}

/** The banks on offer, as they are kept; the provider is asked only when none is. */
export async function listInstitutions(ctx: Context, { q, country, limit, cursor }: Wanted) {
  const after = readNameCursor(cursor);
  const isUnknown = (await ctx.db.institution.findFirst({ select: { id: true } })) === null;
  if (isUnknown) {
    await refreshInstitutions(ctx).catch((error: unknown) => {
      throw providerUnavailable(error);
    });
  }
  const where: Prisma.InstitutionWhereInput[] = [
    ...(q === undefined ? [] : [{ name: { contains: likeLiteral(q), mode: 'insensitive' as const } }]),
    ...(country === undefined ? [] : [{ country }]),
    ...(after ? [{ OR: [{ name: { gt: after.name } }, { name: after.name, id: { gt: after.id } }] }] : []),
  ];
  const rows = await ctx.db.institution.findMany({
    where: { AND: where },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ name, id }) => ({ name, id }));
}

/** Takes over the provider's list. An empty one is taken for a failure: the banks at hand stay. */
export async function refreshInstitutions({ db, provider }: Pick<Context, 'db' | 'provider'>): Promise<void> {
  const told = await provider.listInstitutions();
  if (told.length === 0) return;
  await inTransaction(db, async (tx) => {
    await tx.institution.deleteMany({});
    await tx.institution.createMany({
      data: told.map(({ id, name, country }) => ({ id, name, country })),
      skipDuplicates: true,
    });
  });
}

/** Prisma passes `%` and `_` on to LIKE, where they stand for anything. */
function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
