import { pageOf } from '#platform/page';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { byId, firstId, idBefore, lastId } from '../helpers/page.ts';
import { escapeLike } from '../helpers/search-text.ts';

interface Search {
  q?: string | undefined;
  status?: 'active' | 'suspended' | undefined;
  createdFrom?: Date | undefined;
  cursor?: string | undefined;
  limit: number;
}

export interface AccountRow {
  id: string;
  email: string;
  createdAt: Date;
  suspendedAt: Date | null;
  suspendedUntil: Date | null;
  handle: string;
  displayName: string;
  avatarMediaId: string | null;
}

/** Accounts, newest first, by a part of handle, e-mail address or name, or by the beginning of the id. */
export async function listAccounts(
  ctx: Pick<Context, 'db' | 'clock'>,
  { q, status, createdFrom, cursor, limit }: Search,
) {
  const now = ctx.clock.now();
  const suspended = Prisma.sql`(a.suspended_at IS NOT NULL AND (a.suspended_until IS NULL OR a.suspended_until > ${now}))`;
  const rows = await ctx.db.$queryRaw<AccountRow[]>`
    SELECT a.id, a.email::text AS email, a.created_at AS "createdAt", a.suspended_at AS "suspendedAt",
      a.suspended_until AS "suspendedUntil", p.handle::text AS handle, p.display_name AS "displayName",
      p.avatar_media_id AS "avatarMediaId"
    FROM account a
    JOIN profile p ON p.account_id = a.id
    WHERE a.id < ${idBefore(cursor)}::uuid
      AND ${q === undefined ? Prisma.sql`true` : Prisma.sql`a.id IN (${matching(q)})`}
      AND ${status === undefined ? Prisma.sql`true` : Prisma.sql`${suspended} = ${status === 'suspended'}`}
      AND ${createdFrom === undefined ? Prisma.sql`true` : Prisma.sql`a.created_at >= ${createdFrom}`}
    ORDER BY a.id DESC
    LIMIT ${limit + 1}`;
  return pageOf(rows, limit, byId);
}

/** One arm for each index. */
function matching(q: string): Prisma.Sql {
  const pattern = `%${escapeLike(q)}%`;
  const range = idRange(q);
  return Prisma.sql`
    SELECT account_id FROM profile WHERE handle::text ILIKE ${pattern}
    UNION SELECT account_id FROM profile WHERE display_name ILIKE ${pattern}
    UNION SELECT id FROM account WHERE email::text ILIKE ${pattern}
    ${range ? Prisma.sql`UNION SELECT id FROM account WHERE id BETWEEN ${range.from}::uuid AND ${range.to}::uuid` : Prisma.empty}`;
}

/** The ids that begin with what was typed, when it can be the beginning of one. */
function idRange(q: string): { from: string; to: string } | undefined {
  const typed = q.toLowerCase();
  const from = typed + firstId.slice(typed.length);
  if (typed.length < 4 || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(from)) return undefined;
  return { from, to: typed + lastId.slice(typed.length) };
}
