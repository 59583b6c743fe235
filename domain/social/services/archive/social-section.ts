import { Prisma } from '#prisma/social';

/** One kind of row that belongs to a person. */
export interface SocialSection {
  /** The name of its files. */
  name: string;
  from: string;
  /** Where the person's id stands. */
  owner: string;
  /** A UUID, each once, that the rows are sorted by. */
  key: string;
  /** Each member of a record, and the SQL that makes it. */
  record: Record<string, string>;
}

const size = 500;

/** The next rows after a key, as `{ key, record }`; fewer than `size` are the last. */
export function sectionPage(
  { from, owner, key, record }: SocialSection,
  { accountId, after }: { accountId: string; after: string },
): { statement: Prisma.Sql; size: number } {
  const members = Object.entries(record).map(([name, sql]) => `'${name}', ${sql}`);
  const statement = Prisma.sql`
    SELECT ${Prisma.raw(key)}::text AS key, json_build_object(${Prisma.raw(members.join(', '))}) AS record
    FROM ${Prisma.raw(from)}
    WHERE ${Prisma.raw(owner)} = ${accountId}::uuid AND ${Prisma.raw(key)} > ${after}::uuid
    ORDER BY ${Prisma.raw(key)}
    LIMIT ${size}`;
  return { statement, size };
}

/** SQL for a moment of RFC 3339. */
export const time = (column: string) => `rfc3339(${column})`;
/** SQL for the one column of a query as a list. */
export const list = (sql: string) => `(SELECT coalesce(json_agg(x ORDER BY x), '[]') FROM (${sql}) found(x))`;
/** A person's handle as far as others see it: not while they are leaving. */
export const handleOf = (id: string) =>
  `(SELECT h.handle::text FROM profile h WHERE h.account_id = ${id}
    AND NOT EXISTS (SELECT FROM account_closure c WHERE c.account_id = ${id}))`;
