import type { Tx } from '../context.ts';
import { notFound } from '../errors.ts';

/** What is done to one account at once is done one after the other. @throws not_found when it is gone */
export async function lockAccount(tx: Tx, accountId: string): Promise<void> {
  const [account] = await tx.$queryRaw<object[]>`
    SELECT id FROM account WHERE id = ${accountId}::uuid FOR NO KEY UPDATE`;
  if (!account) throw notFound('The account is gone.');
}
