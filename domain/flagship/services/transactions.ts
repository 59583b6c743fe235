import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import { Prisma } from '#prisma/flagship';
import type { Context, Tx } from '../context.ts';
import { accountNotFound, transactionNotFound } from '../errors.ts';
import type { Category } from '../helpers/categories.ts';
import { assertTransactionVersion } from '../helpers/transaction-tag.ts';
import { readTransactionCursor } from '../validation/cursors.ts';

/** A transaction as the person sees it: what the bank tells, and what they or their habits say of it. */
export interface TransactionRow {
  id: string;
  /** The id under which it was first told. */
  originId: string;
  accountId: string;
  currency: string;
  amountMinor: bigint;
  description: string;
  bookedOn: Date;
  pending: boolean;
  category: Category;
  categoryFrom: 'guess' | 'learned' | 'person';
  note: string | null;
  possibleDuplicate: boolean;
  /** Of the person's edits. */
  version: number;
}

/** A page of an account's transactions, narrowed by what is given. */
export interface TransactionsWanted extends PageRequest {
  accountId: string;
  from?: string | undefined;
  to?: string | undefined;
  category?: Category | undefined;
  q?: string | undefined;
}

export interface TransactionChange {
  category?: Category | null | undefined;
  note?: string | null | undefined;
  possibleDuplicate?: false | undefined;
}

const newestOnScreen = 20;
const [firstDay, lastDay] = ['0001-01-01', '9999-12-31'];
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const category = Prisma.sql`coalesce(edit.category, learned.category, t.category)`;
const columns = Prisma.sql`
  t.id, t.account_id as "accountId", a.currency, t.amount_minor as "amountMinor", t.description, t.booked_on as "bookedOn", t.pending,
  ${category} as category, edit.note, coalesce(edit.version, 0) as version,
  case when edit.category is not null then 'person' when learned.category is not null then 'learned' else 'guess' end as "categoryFrom",
  exists (select from bank_transaction twin where twin.id = t.duplicate_of and twin.removed_at is null) as "possibleDuplicate",
  coalesce((select coalesce(gone.origin_id, gone.id) from bank_transaction gone where gone.id = t.duplicate_of and gone.removed_at is not null),
    t.origin_id, t.id) as "originId"`;
const sayings = Prisma.sql`
  left join transaction_edit edit on edit.origin_id = coalesce(t.origin_id, t.id)
  left join merchant_category learned on learned.user_id = t.user_id and learned.merchant = t.merchant and t.merchant <> ''`;

/** Newest first by booking date; the id breaks ties. */
export async function listTransactions(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  { accountId, limit, cursor, from = firstDay, to = lastDay, category: wanted, q }: TransactionsWanted,
) {
  const account = await db.account.findFirst({ where: { id: accountId, userId }, select: { id: true } });
  if (!account) throw accountNotFound();
  const before = readTransactionCursor(cursor);
  const rows = await db.$queryRaw<TransactionRow[]>`
    /* listTransactions */ select ${columns} from bank_transaction t join account a on a.id = t.account_id ${sayings}
    where t.account_id = ${accountId}::uuid and t.removed_at is null
      and (t.booked_on, t.id) < (${before?.bookedOn.toISOString() ?? lastDay}::date, ${before?.id ?? lastId}::uuid)
      and t.booked_on between ${from}::date and ${to}::date
      and (${wanted ?? null}::text is null or ${category} = ${wanted ?? null})
      and (${q ?? null}::text is null or strpos(lower(concat_ws(chr(10), t.description, edit.note)), lower(${q ?? null})) > 0)
    order by t.booked_on desc, t.id desc limit ${limit + 1}::int`;
  return pageOf(rows, limit, ({ bookedOn, id }) => ({ bookedOn: bookedOn.toISOString().slice(0, 10), id }));
}

/** The newest of all accounts that the person has not unlinked. */
export function listNewestTransactions({ db }: Pick<Context, 'db'>, { userId }: Caller): Promise<TransactionRow[]> {
  return db.$queryRaw<TransactionRow[]>`
    /* listNewestTransactions */ select ${columns}
    from account a join connection c on c.id = a.connection_id
    cross join lateral (
      select * from bank_transaction newest where newest.account_id = a.id and newest.removed_at is null
      order by newest.booked_on desc, newest.id desc limit ${newestOnScreen}::int) t
    ${sayings}
    where a.user_id = ${userId}::uuid and c.status in ('active', 'reauth_required', 'revoked_at_provider', 'expired')
    order by t.booked_on desc, t.id desc limit ${newestOnScreen}::int`;
}

export async function getTransaction(
  { db }: { db: Tx },
  { userId }: Pick<Caller, 'userId'>,
  transactionId: string,
): Promise<TransactionRow> {
  const [row] = await db.$queryRaw<TransactionRow[]>`
    /* getTransaction */ select ${columns} from bank_transaction t join account a on a.id = t.account_id ${sayings}
    where t.id = ${transactionId}::uuid and t.user_id = ${userId}::uuid and t.removed_at is null`;
  if (!row) throw transactionNotFound();
  return row;
}

/** Keeps what the person says of a transaction, apart from the bank's row, and learns the category of its merchant. */
export async function updateTransaction(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { transactionId, ifMatch, change }: { transactionId: string; ifMatch: string | undefined; change: TransactionChange },
): Promise<TransactionRow> {
  return inTransaction(ctx.db, async (tx) => {
    const found = await lockLive(tx, caller, transactionId);
    const before = await getTransaction({ db: tx }, caller, found.id);
    assertTransactionVersion(ifMatch, before, caller.userId);
    await keepEdit(ctx, tx, found, change);
    if (change.category !== undefined) await learn(ctx, tx, found, change.category);
    if (change.possibleDuplicate === false && before.possibleDuplicate) await keepBoth(ctx, tx, found);
    return getTransaction({ db: tx }, caller, found.id);
  });
}

interface Live {
  id: string;
  originId: string;
  userId: string;
  accountId: string;
  connectionId: string;
  merchant: string;
}

/** The row of an id, or, when it was booked under another id meanwhile, the one in its place. Held until the transaction ends. */
async function lockLive(tx: Tx, { userId }: Caller, transactionId: string): Promise<Live> {
  const [live] = await tx.$queryRaw<Live[]>`
    /* lockLive */ with named as (
      select coalesce(origin_id, id) as origin_id from bank_transaction where id = ${transactionId}::uuid and user_id = ${userId}::uuid)
    select t.id, named.origin_id as "originId", t.user_id as "userId", t.account_id as "accountId", a.connection_id as "connectionId", t.merchant
    from named join bank_transaction t on t.id = named.origin_id or t.origin_id = named.origin_id join account a on a.id = t.account_id
    where t.removed_at is null
    order by t.id = ${transactionId}::uuid desc, t.id desc limit 1 for update of t`;
  if (!live) throw transactionNotFound();
  return live;
}

async function keepEdit(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  { originId, userId, accountId }: Live,
  { category: said, note }: TransactionChange,
): Promise<void> {
  const edit = { ...(said !== undefined && { category: said }), ...(note !== undefined && { note }) };
  await tx.transactionEdit.upsert({
    where: { originId },
    create: { originId, userId, accountId, ...edit, updatedAt: clock.now() },
    update: { ...edit, version: { increment: 1 }, updatedAt: clock.now() },
  });
}

async function learn(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  { userId, merchant }: Live,
  said: Category | null,
): Promise<void> {
  if (merchant === '') return;
  if (said === null) {
    await tx.merchantCategory.deleteMany({ where: { userId, merchant } });
    return;
  }
  await tx.$executeRaw`
    /* learn */ insert into merchant_category (user_id, merchant, category, updated_at)
    values (${userId}::uuid, ${merchant}, ${said}, ${clock.now()}::timestamptz)
    on conflict (user_id, merchant) do update set category = excluded.category, updated_at = excluded.updated_at`;
}

/** Two payments after all: the rules that have left it out count it now. */
async function keepBoth({ queue }: Pick<Context, 'queue'>, tx: Tx, { id, connectionId }: Live): Promise<void> {
  await tx.bankTransaction.update({ where: { id }, data: { duplicateOf: null } });
  await queue.add(tx, 'tellBankTransactions', { connectionId, transactionIds: [id] });
}
