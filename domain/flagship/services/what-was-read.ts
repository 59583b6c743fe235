import type { Prisma } from '#prisma/flagship';
import type { Tx } from '../context.ts';

/**
 * Deletes what was read of some accounts: transactions with what the person said of them, balances, and the accounts
 * themselves. One that transfers refer to keeps the provider's id and the currency alone, so that they can still be told
 * from the provider's, and returned.
 */
export async function deleteWhatWasRead(tx: Tx, accounts: Prisma.AccountWhereInput): Promise<void> {
  await tx.transactionEdit.deleteMany({ where: { account: accounts } });
  await tx.bankTransaction.deleteMany({ where: { account: accounts } });
  await tx.balance.deleteMany({ where: { account: accounts } });
  await tx.account.deleteMany({ where: { ...accounts, transfers: { none: {} } } });
  await tx.account.updateMany({ where: accounts, data: { name: '', mask: '' } });
}
