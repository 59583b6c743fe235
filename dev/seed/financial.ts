// Money for the seeded town, booked by the ledger's own functions: nothing here writes a balance.
import type { Client } from 'pg';
import { withClient } from '#platform/database-setup';
import { planWallets } from './financial-plans.ts';
import type { PocketPlan, WalletPlan } from './financial-plans.ts';
import { createRandom } from './random.ts';

export interface FinancialSeed {
  /** The financial database, as role `financial_owner`: the processes' own role may not make money. */
  databaseUrl: string;
  people: { id: string }[];
  log: (line: string) => void;
  now?: Date;
}

const peopleAtOnce = 20;

/**
 * Gives every person a wallet, most of them one to four pockets with a few months of movements. The same people on the
 * same day get the same money. What was in the wallets from the start is booked as an opening balance with source `seed`.
 */
export async function seedFinancial({
  databaseUrl,
  people,
  log,
  now = new Date(),
}: FinancialSeed): Promise<{ pockets: number }> {
  const started = performance.now();
  const random = createRandom(1_911);
  let pockets = 0;
  let movements = 0;
  await withClient(databaseUrl, async (client) => {
    for (const [index, { id }] of people.entries()) {
      if (index % peopleAtOnce === 0) await client.query(index === 0 ? 'BEGIN' : 'COMMIT AND CHAIN');
      const wallets = planWallets(random, now);
      for (const wallet of wallets) await seedWallet(client, id, wallet, now);
      const plans = wallets.flatMap((wallet) => wallet.pockets);
      pockets += plans.length;
      movements += plans.reduce((sum, plan) => sum + plan.movements.length, 0);
    }
    await client.query('COMMIT');
    await client.query('ANALYZE');
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  log(
    `wallets for ${String(people.length)} people, ${String(pockets)} pockets, ${String(movements)} movements in ${seconds} s`,
  );
  return { pockets };
}

async function seedWallet(client: Client, ownerId: string, wallet: WalletPlan, now: Date): Promise<void> {
  const common = { ownerId, currency: wallet.currency, source: 'seed' };
  const opened = wallet.pockets.map(({ openedAt }) => openedAt.getTime());
  const at = new Date(Math.min(now.getTime(), ...opened));
  const note = 'Opening balance of a development system';
  await book(client, 'book_opening_balance(request)', [{ ...common, amountMinor: wallet.openingMinor, note, at }]);

  const ids = await book(client, 'open_pocket(request)', wallet.pockets.map((pocket) => ({ ...common, ...openingOf(pocket) }))); // prettier-ignore
  const movements = wallet.pockets
    .flatMap((pocket, index) => pocket.movements.map((movement) => ({ ...common, ...movement, pocketId: ids[index] })))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .map((movement) => ({
      ...movement,
      amountMinor: Math.abs(movement.amountMinor),
      isTaken: movement.amountMinor < 0,
    }));
  await book(client, `CASE WHEN (request ->> 'isTaken')::boolean THEN withdraw_from_pocket(request) ELSE contribute_to_pocket(request) END`, movements); // prettier-ignore
}

function openingOf({ name, emoji, targetMinor, targetDate, monthlyMinor, openedAt }: PocketPlan) {
  return { name, emoji, targetMinor, targetDate, monthlyMinor, visibility: 'private', at: openedAt };
}

/** Calls functions of the ledger once for each request, in one statement; answers the ids of what they made. */
async function book(client: Client, call: string, requests: object[]): Promise<(string | undefined)[]> {
  if (requests.length === 0) return [];
  const { rows } = await client.query<{ answer: { outcome: string; code?: string; body?: { id?: string } } }>(
    `SELECT ${call} AS answer FROM jsonb_array_elements($1) WITH ORDINALITY AS requests (request, place) ORDER BY place`,
    [JSON.stringify(requests)],
  );
  return rows.map(({ answer }) => {
    if (answer.outcome !== 'done') throw new Error(`the ledger refused: ${answer.code ?? ''}`);
    return answer.body?.id;
  });
}
