import type { Transfer } from '#prisma/flagship';
import type { Context } from '../context.ts';

const dayMs = 86_400_000;
const bookedWithinMs = 7 * dayMs;
const bookedEarlierMs = 2 * dayMs;
/** How far back it is looked for the rows that transfers stand for already. */
const lookBackMs = 60 * dayMs;

interface Row {
  id: string;
  accountId: string;
  amountMinor: bigint;
  bookedOn: Date;
}

/** A row with when its payment was first told, under whatever id. */
interface Candidate extends Row {
  duplicateOf: string | null;
  seenAt: Date | null;
}

/** What a transfer looks like at the bank. */
interface Movement {
  accountId: string;
  amountMinor: bigint;
  createdAt: Date;
  /** About when the bank books it. */
  at: Date;
}

/**
 * Which rows of a person are what CLYNC has moved itself. A bank does not say so: a row is taken for a transfer by account, sum,
 * sign and day. Each transfer stands for one row, and for one back when it was returned; the row that was told first has it, so
 * that what was said of a row stays true whatever is told later. A possible duplicate is what its original is.
 */
export async function findOwnMovements(
  { db }: Pick<Context, 'db'>,
  userId: string,
  rows: Row[],
): Promise<ReadonlySet<string>> {
  const movements = await findMovements(db, userId, rows);
  const own = new Set<string>();
  if (movements.length === 0) return own;
  const candidates = await findCandidates(db, rows);
  const known = new Set(candidates.map(({ id }) => id));
  for (const row of candidates) {
    const isDouble = row.duplicateOf !== null && known.has(row.duplicateOf);
    const place = isDouble ? -1 : movements.findIndex((movement) => isMovement(row, movement));
    if (place >= 0) movements.splice(place, 1);
    if (place >= 0 || (isDouble && own.has(row.duplicateOf ?? ''))) own.add(row.id);
  }
  return own;
}

async function findMovements(db: Context['db'], userId: string, rows: Row[]): Promise<Movement[]> {
  const transfers = await db.transfer.findMany({
    where: {
      userId,
      accountId: { in: accountsOf(rows) },
      amountMinor: { in: sumsOf(rows) },
      status: { notIn: ['failed', 'cancelled'] },
      createdAt: { gt: new Date(earliestOf(rows) - lookBackMs - bookedWithinMs) },
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return transfers.flatMap(movementsOf);
}

function movementsOf({ accountId, direction, amountMinor: sum, status, createdAt, returnValueDate }: Transfer) {
  const amountMinor = direction === 'deposit' ? -sum : sum;
  const there = { accountId, amountMinor, createdAt, at: createdAt };
  const back = { ...there, amountMinor: -amountMinor, at: returnValueDate ?? createdAt };
  return status === 'returned' ? [there, back] : [there];
}

/** What looks like one of the transfers, pending too, in the order in which it was first told. */
function findCandidates(db: Context['db'], rows: Row[]): Promise<Candidate[]> {
  return db.$queryRaw<Candidate[]>`
    /* findOwnMovements */ select t.id, t.account_id as "accountId", t.amount_minor as "amountMinor", t.booked_on as "bookedOn",
      t.duplicate_of as "duplicateOf", coalesce(origin.first_seen_at, t.first_seen_at) as "seenAt"
    from bank_transaction t left join bank_transaction origin on origin.id = t.origin_id
    where t.account_id = any (${accountsOf(rows)}::uuid[]) and abs(t.amount_minor) = any (${sumsOf(rows)}::bigint[])
      and t.booked_on > ${new Date(earliestOf(rows) - lookBackMs)}::date and t.removed_at is null
    order by coalesce(t.origin_id, t.id), t.id`;
}

function isMovement(row: Candidate, { accountId, amountMinor, createdAt, at }: Movement): boolean {
  const bookedOn = row.bookedOn.getTime();
  return (
    row.accountId === accountId &&
    row.amountMinor === amountMinor &&
    // No bank tells of a transfer before it is made.
    (row.seenAt === null || row.seenAt >= createdAt) &&
    at.getTime() > bookedOn - bookedWithinMs &&
    at.getTime() < bookedOn + bookedEarlierMs
  );
}

function accountsOf(rows: Row[]): string[] {
  return [...new Set(rows.map(({ accountId }) => accountId))];
}

function sumsOf(rows: Row[]): bigint[] {
  return [...new Set(rows.map(({ amountMinor }) => (amountMinor < 0n ? -amountMinor : amountMinor)))];
}

function earliestOf(rows: Row[]): number {
  return Math.min(...rows.map(({ bookedOn }) => bookedOn.getTime()));
}
