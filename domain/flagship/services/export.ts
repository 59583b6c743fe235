import { sectionPageOf, sectionPlace } from '#platform/section-page';
import { Prisma } from '#prisma/flagship';
import type { Context } from '../context.ts';

const sections = ['connections', 'connectionHistory', 'accounts', 'transactions', 'learnedCategories'] as const;
type Section = (typeof sections)[number];

/** A record as it is exported: flat, its members in the order of the columns. */
type ExportRecord = Record<string, string | number | boolean | null>;

interface Row {
  id: string;
  seq: number;
  record: ExportRecord;
}

/** One page of everything that came from a person's banks; `counts` on the first one. */
export async function exportPerson(
  { db }: Pick<Context, 'db'>,
  userId: string,
  { limit, cursor }: { limit: number; cursor: string | undefined },
) {
  const { section, id, seq } = sectionPlace(sections, cursor);
  const rows = await db.$queryRaw<Row[]>(pages[section]({ userId, id, seq, limit: limit + 1 }));
  const { items, nextCursor } = sectionPageOf(sections, section, rows, limit);
  const counts = cursor === undefined ? await countRecords(db, userId) : null;
  return { section, items: items.map(({ record }) => record), nextCursor, counts };
}

interface Wanted {
  userId: string;
  /** Behind this row. */
  id: string;
  seq: string;
  limit: number;
}

const pages: Record<Section, (wanted: Wanted) => Prisma.Sql> = {
  connections: ({ userId, id, limit }) => Prisma.sql`
    /* exportPerson connections */ select id, 0 as seq, json_build_object('id', id, 'institutionName', institution_name,
      'status', status, 'consentExpiresAt', ${rfc3339('consent_expires_at')}, 'lastSuccessAt', ${rfc3339('last_success_at')},
      'createdAt', ${rfc3339('created_at')}) as record
    from connection where user_id = ${userId}::uuid and id > ${id}::uuid order by id limit ${limit}::int`,

  connectionHistory: ({ userId, id, seq, limit }) => Prisma.sql`
    /* exportPerson connectionHistory */ select e.connection_id as id, e.seq::float8 as seq, json_build_object(
      'connectionId', e.connection_id, 'at', ${rfc3339('e.at')}, 'event', e.event, 'status', e.status) as record
    from connection_event e join connection c on c.id = e.connection_id
    where c.user_id = ${userId}::uuid and (e.connection_id, e.seq) > (${id}::uuid, ${seq}::bigint)
    order by e.connection_id, e.seq limit ${limit}::int`,

  accounts: ({ userId, id, limit }) => Prisma.sql`
    /* exportPerson accounts */ select a.id, 0 as seq, json_build_object('id', a.id, 'connectionId', a.connection_id,
      'name', a.name, 'mask', a.mask, 'kind', a.kind, 'currency', a.currency, 'status', a.status,
      'balanceMinor', booked.amount_minor, 'availableMinor', available.amount_minor,
      'balanceAsOf', ${rfc3339('coalesce(booked.as_of, available.as_of)')}) as record
    from account a
    left join balance booked on booked.account_id = a.id and booked.type = 'booked'
    left join balance available on available.account_id = a.id and available.type = 'available'
    where a.user_id = ${userId}::uuid and a.id > ${id}::uuid order by a.id limit ${limit}::int`,

  transactions: ({ userId, id, limit }) => Prisma.sql`
    /* exportPerson transactions */ select t.id, 0 as seq, json_build_object('id', t.id, 'accountId', t.account_id,
      'currency', a.currency, 'amountMinor', t.amount_minor, 'description', t.description, 'bookedOn', t.booked_on,
      'pending', t.pending, 'removedAt', ${rfc3339('t.removed_at')},
      'category', coalesce(edit.category, learned.category, t.category), 'note', edit.note) as record
    from bank_transaction t join account a on a.id = t.account_id
    left join transaction_edit edit on edit.origin_id = coalesce(t.origin_id, t.id)
    left join merchant_category learned on learned.user_id = t.user_id and learned.merchant = t.merchant and t.merchant <> ''
    where t.user_id = ${userId}::uuid and t.id > ${id}::uuid order by t.id limit ${limit}::int`,

  learnedCategories: ({ userId, id, limit }) => Prisma.sql`
    /* exportPerson learnedCategories */ select md5(merchant)::uuid as id, 0 as seq, json_build_object('merchant', merchant,
      'category', category, 'updatedAt', ${rfc3339('updated_at')}) as record
    from merchant_category where user_id = ${userId}::uuid and md5(merchant)::uuid > ${id}::uuid
    order by md5(merchant)::uuid limit ${limit}::int`,
};

/** A time of the database as the contract writes it. */
function rfc3339(time: string): Prisma.Sql {
  return Prisma.raw(`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
}

async function countRecords(db: Context['db'], userId: string): Promise<Record<Section, number>> {
  const [connections, connectionHistory, accounts, transactions, learnedCategories] = await Promise.all([
    db.connection.count({ where: { userId } }),
    db.connectionEvent.count({ where: { connection: { userId } } }),
    db.account.count({ where: { userId } }),
    db.bankTransaction.count({ where: { userId } }),
    db.merchantCategory.count({ where: { userId } }),
  ]);
  return { connections, connectionHistory, accounts, transactions, learnedCategories };
}
