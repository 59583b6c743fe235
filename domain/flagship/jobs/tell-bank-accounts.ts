import type { JobContext } from '../context.ts';
import { presentBalance } from '../helpers/present-account.ts';
import { listBalancesOfConnection } from '../services/accounts.ts';

/** Tells financial the accounts of a connection as they are now; its version makes older news lose. */
export async function tellBankAccounts(
  { db, clock, financial }: Pick<JobContext, 'db' | 'clock' | 'financial'>,
  { connectionId }: { connectionId: string },
): Promise<void> {
  // The version is read first: should the accounts change meanwhile, the newer ones are told again under a newer version.
  const connection = await db.connection.findUnique({ where: { id: connectionId } });
  if (!connection) return;
  const rows = await listBalancesOfConnection({ db }, connectionId);
  const accounts = rows.map((row) => {
    const { connectionId: _connectionId, ...account } = presentBalance(row, clock.now());
    return { ...account, currency: row.currency };
  });
  await financial.putBankAccounts({
    caller: { service: true },
    path: { userId: connection.userId },
    body: { connectionId, version: connection.version, accounts },
  });
}
