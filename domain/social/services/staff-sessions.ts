import type { Context } from '../context.ts';

const shown = 20;

/** The latest sessions of a person, the ended ones among them. */
export async function listSessionsForStaff({ db }: Pick<Context, 'db'>, userId: string) {
  return db.session.findMany({
    where: { accountId: userId },
    orderBy: [{ lastUsedAt: 'desc' }, { id: 'desc' }],
    take: shown,
  });
}

export type StaffSessionRow = Awaited<ReturnType<typeof listSessionsForStaff>>[number];
