import { randomUUID } from 'node:crypto';
import type { ChaosContext } from '../scenario.ts';

/** A person with a wallet and three pockets: four accounts between which their money moves. */
export interface Saver {
  id: string;
  walletId: string;
  pocketIds: string[];
}

const pocketsEach = 3;
export const accountsEach = 1 + pocketsEach;
/** What each account holds at first. */
export const openingMinor = 10_000;

/** New people; their money comes from where an administrator brings it, their pockets through the door. */
export async function openSavers(ctx: ChaosContext, count: number): Promise<Saver[]> {
  const savers: Saver[] = [];
  while (savers.length < count) {
    const missing = Math.min(10, count - savers.length);
    savers.push(...(await Promise.all(Array.from({ length: missing }, () => openSaver(ctx)))));
  }
  return savers;
}

export function accountsOf({ walletId, pocketIds }: Saver): string[] {
  return [walletId, ...pocketIds];
}

async function openSaver(ctx: ChaosContext): Promise<Saver> {
  const id = randomUUID();
  const opening = { ownerId: id, amountMinor: openingMinor * accountsEach, currency: 'EUR', source: 'seed', at: new Date() }; // prettier-ignore
  await ctx.sql('financial').query('select book_opening_balance($1)', [JSON.stringify(opening)]);
  const pocketIds: string[] = [];
  for (let pocket = 1; pocket <= pocketsEach; pocket += 1) pocketIds.push(await openPocket(ctx, id, pocket));
  const { rows } = await ctx
    .sql('financial')
    .query<{ id: string }>(`select id from ledger_account where holder_id = $1 and kind = 'wallet'`, [id]);
  return { id, walletId: rows[0]?.id ?? '', pocketIds };
}

async function openPocket(ctx: ChaosContext, userId: string, pocket: number): Promise<string> {
  const answer = await ctx.door('financial').untilDecided({
    as: userId,
    path: '/v1/pockets',
    key: `pocket ${String(pocket)}`,
    body: { name: `Pocket ${String(pocket)}`, currency: 'EUR', openingAmount: { amountMinor: openingMinor, currency: 'EUR' } },
  }); // prettier-ignore
  if (answer.status !== 201 || answer.body.id === undefined) throw new Error(`no pocket: ${JSON.stringify(answer)}`);
  return answer.body.id;
}
