import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import { assertBankAccount } from '../validation/bank-account.ts';

/** A linked account as flagship tells it. */
export interface BankAccountNews {
  id: string;
  institutionName: string;
  name: string;
  mask: string;
  kind: string;
  currency: string;
  balance: { amountMinor: number; currency: string } | null;
  available: { amountMinor: number; currency: string } | null;
  asOf: string;
  status: string;
}

export interface BankAccountSet {
  connectionId: string;
  /** Flagship's counter of the connection's states. */
  version: number;
  accounts: BankAccountNews[];
}

/** Replaces the accounts of one connection, unless what is stored is as new or newer, or the person was erased. */
export async function putBankAccounts(
  { db }: Pick<Context, 'db'>,
  ownerId: string,
  set: BankAccountSet,
): Promise<void> {
  for (const [index, account] of set.accounts.entries()) assertBankAccount(account, `/accounts/${String(index)}`);

  await inTransaction(db, async (tx) => {
    if (!(await holdPerson(tx, ownerId)) || !(await claimVersion(tx, ownerId, set))) return;
    const ids = set.accounts.map(({ id }) => id);
    await tx.bankAccount.deleteMany({
      where: { ownerId, OR: [{ connectionId: set.connectionId }, { id: { in: ids } }] },
    });
    await tx.bankAccount.createMany({ data: set.accounts.map((account) => rowOf(ownerId, set.connectionId, account)) });
  });
}

/** False for a person who was erased; an erasure waits until the transaction ends. */
async function holdPerson(tx: Tx, ownerId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ held: boolean }[]>`select hold_person(${ownerId}::uuid) as held`;
  return rows[0]?.held === true;
}

/** True when the set is news. Holds the connection's row, so that sets are stored one after another. */
async function claimVersion(tx: Tx, ownerId: string, { connectionId, version }: BankAccountSet): Promise<boolean> {
  const claimed = await tx.$executeRaw`
    insert into bank_connection (owner_id, id, version) values (${ownerId}::uuid, ${connectionId}::uuid, ${version}::bigint)
    on conflict (owner_id, id) do update set version = excluded.version where bank_connection.version < excluded.version`;
  return claimed === 1;
}

function rowOf(ownerId: string, connectionId: string, { balance, available, ...account }: BankAccountNews) {
  return {
    ...account,
    ownerId,
    connectionId,
    asOf: new Date(account.asOf),
    balanceMinor: balance && BigInt(balance.amountMinor),
    availableMinor: available && BigInt(available.amountMinor),
  };
}
