import type { Account, Connection } from '#prisma/flagship';
import { newId } from '#platform/ids';
import type { Context, Tx } from '../context.ts';
import type { ProviderAccount, ProviderBalance } from '../provider/provider.ts';

/** Accounts and balances as the bank told them just now. What it tells no more is closed, or unknown; never 0. */
export async function keepAccounts(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  { id: connectionId, userId }: Connection,
  { accounts, balances }: { accounts: ProviderAccount[]; balances: ProviderBalance[] },
): Promise<void> {
  const now = clock.now();
  const known = await tx.account.findMany({ where: { connectionId } });
  const unknown = accounts.filter(({ id }) => !known.some(({ providerAccountId }) => providerAccountId === id));
  // Lists go by id: so ids rise in the order in which the bank tells the accounts, the main one first.
  const ids = unknown.map(() => newId(now)).sort();
  const fresh = unknown.map(({ id: providerAccountId, ...facts }, index) => {
    return { id: ids[index] ?? '', userId, connectionId, providerAccountId, ...facts };
  });
  await tx.account.createMany({ data: fresh });
  for (const account of known) {
    const facts = factsOf(accounts, account);
    if (facts) await tx.account.update({ where: { id: account.id }, data: facts });
  }

  const all = [...known, ...fresh];
  await tx.balance.deleteMany({ where: { accountId: { in: all.map(({ id }) => id) } } });
  await tx.balance.createMany({
    data: balances.flatMap(({ accountId: providerAccountId, type, amountMinor, asOf }) => {
      const account = all.find((candidate) => candidate.providerAccountId === providerAccountId);
      return account
        ? [
            {
              accountId: account.id,
              type,
              userId,
              amountMinor: BigInt(amountMinor),
              asOf: earlier(asOf, now),
              source: 'provider',
            },
          ]
        : [];
    }),
  });
}

/** A bank whose clock is ahead does not know what will be. */
function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

/** What has changed of an account; undefined when nothing has. */
function factsOf(accounts: ProviderAccount[], account: Account) {
  const told = accounts.find(({ id }) => id === account.providerAccountId);
  if (!told) return account.status === 'closed' ? undefined : { status: 'closed' };
  const { name, mask, kind, currency, status } = told;
  const isSame =
    name === account.name &&
    mask === account.mask &&
    kind === account.kind &&
    currency === account.currency &&
    status === account.status;
  return isSame ? undefined : { name, mask, kind, currency, status };
}
