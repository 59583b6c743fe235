import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createContext } from '../context.ts';
import { syncConnection } from '../jobs/sync-connection.ts';
import type { Provider, ProviderAccount, ProviderTransaction } from '../provider/provider.ts';
import { createLinkedPerson, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let linked: Awaited<ReturnType<typeof createLinkedPerson>>;
beforeAll(async () => {
  world = await startWorld();
  linked = await createLinkedPerson(world);
});
afterAll(() => world.stop());

type Odd = Pick<Provider, 'listAccounts' | 'syncTransactions'>;

/** Syncs once from a bank that answers in some calls as the sandbox never does. */
async function syncFrom(odd: (good: Provider) => Partial<Odd>, readsPerDay: number | null = null): Promise<void> {
  const { ctx, resources } = createContext('odd-bank', world.config, world.clock);
  const provider = { ...ctx.provider, ...odd(ctx.provider) };
  const connectionId = linked.connection.id;
  try {
    await syncConnection({ ...ctx, provider, readsPerDay: () => Promise.resolve(readsPerDay) }, { connectionId });
  } finally {
    for (const resource of resources) await resource.close();
  }
}

/** One page, which tells these transactions and leaves the cursor where it was. */
function page(...changed: ProviderTransaction[]): Odd['syncTransactions'] {
  return (_token, cursor) => Promise.resolve({ changed, removed: [], nextCursor: cursor ?? '', hasMore: false });
}

function transactionOf(facts: Partial<ProviderTransaction> = {}): ProviderTransaction {
  const id = `txn_${randomUUID()}`;
  const bookedOn = '2026-05-20';
  return {
    id,
    accountId: '',
    amountMinor: -50,
    description: 'ODD',
    bookedOn,
    pending: false,
    pendingId: null,
    ...facts,
  };
}

function balances() {
  return world.client.listBalances({ as: linked.as }).expect(200);
}

/** What stands, of a transaction that the bank knows by that id. */
async function rowsOf({ id }: ProviderTransaction): Promise<{ pending: boolean }[]> {
  const sql = 'select pending from bank_transaction where provider_transaction_id = $1 and removed_at is null';
  return (await world.database.query<{ pending: boolean }>(sql, [id])).rows;
}

async function providerAccount(): Promise<string> {
  const sql = 'select provider_account_id as id from account where id = $1';
  return (await world.database.query<{ id: string }>(sql, [linked.account.accountId])).rows[0]?.id ?? '';
}

test('a bank that tells no account any more, all of a sudden, has told nothing', async () => {
  const before = (await balances()).body;

  const sync = syncFrom(() => ({ listAccounts: () => Promise.resolve([]) }));

  await expect(sync).rejects.toThrow('accounts');
  expect((await balances()).body).toEqual(before);
});

test('a transaction of an account that came up meanwhile is kept with its account', async () => {
  const added: ProviderAccount = {
    id: `acc_${randomUUID()}`,
    name: 'New one',
    mask: '0001',
    kind: 'current',
    currency: 'EUR',
    status: 'open',
  };
  const transaction = transactionOf({ accountId: added.id });
  let asked = 0;

  await syncFrom((good) => ({
    listAccounts: async (...given) => {
      asked += 1;
      const known = await good.listAccounts(...given);
      return asked === 1 ? known : [...known, added];
    },
    syncTransactions: page(transaction),
  }));

  expect(await rowsOf(transaction)).toHaveLength(1);
});

test.each([null, 1])(
  'a transaction of an account that the bank never tells keeps no other out, with %p reads a day',
  async (readsPerDay) => {
    const [stray, good] = [
      transactionOf({ accountId: 'acc_of_nobody' }),
      transactionOf({ accountId: await providerAccount() }),
    ];

    await syncFrom(() => ({ syncTransactions: page(stray, good) }), readsPerDay);

    expect(await rowsOf(stray)).toEqual([]);
    expect(await rowsOf(good)).toHaveLength(1);
  },
);

test('a pending transaction that is booked under the id it has stays', async () => {
  const held = transactionOf({ accountId: await providerAccount(), pending: true });
  await syncFrom(() => ({ syncTransactions: page(held) }));

  await syncFrom(() => ({ syncTransactions: page({ ...held, pending: false, pendingId: held.id }) }));

  expect(await rowsOf(held)).toEqual([{ pending: false }]);
});
