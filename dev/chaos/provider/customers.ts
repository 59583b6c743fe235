import { randomUUID } from 'node:crypto';
import { waitFor } from '../../../platform/testing/wait.ts';
import { decideConsent } from '../../flagship-sandbox/consent-form.ts';
import type { ChaosContext } from '../scenario.ts';

/** A person with money in a wallet and with a linked bank. */
export interface Customer {
  id: string;
  connectionId: string;
  accountId: string;
}

const walletMinor = 10_000_000;

/** New people, whose money comes from where an administrator brings it; or such as have an account already. */
export async function openCustomers(ctx: ChaosContext, count: number, ids: string[] = []): Promise<Customer[]> {
  const customers: Customer[] = [];
  for (let each = 0; each < count; each += 1) customers.push(await openCustomer(ctx, ids[each] ?? randomUUID()));
  return customers;
}

async function openCustomer(ctx: ChaosContext, id: string): Promise<Customer> {
  const opening = { ownerId: id, amountMinor: walletMinor, currency: 'EUR', source: 'seed', at: new Date() };
  await ctx.sql('financial').query('select book_opening_balance($1)', [JSON.stringify(opening)]);
  const door = ctx.door('flagship');
  const wanted = { as: id, path: '/v1/connections', key: 'link', body: { institutionId: 'first-sandbox-bank' } };
  const { body: attempt } = await door.untilDecided(wanted);
  const answer = await decideConsent(String(attempt['authorizeUrl']));
  await door.untilDecided({ as: id, path: '/v1/connections/callback', body: answer });
  const accountId = await waitFor('financial to know the account', async () => {
    const { rows } = await ctx
      .sql('financial')
      .query<{ id: string }>(
        `select id from bank_account where owner_id = $1 and kind = 'current' and currency = 'EUR'`,
        [id],
      );
    return rows[0]?.id;
  });
  return { id, connectionId: String(attempt['connectionId']), accountId };
}

/** Asks for a transfer, again under the same key until it is accepted; its id. */
export async function startTransfer(
  ctx: ChaosContext,
  { id, accountId }: Customer,
  { direction, amountMinor, key }: { direction: 'deposit' | 'withdrawal'; amountMinor: number; key: string },
): Promise<string> {
  const body = { accountId, amount: { amountMinor, currency: 'EUR' } };
  const answer = await ctx.door('financial').untilDecided({ as: id, path: `/v1/wallet/${direction}s`, key, body });
  const transfer = answer.body['transfer'] as { id: string } | undefined;
  if (!transfer) throw new Error(`no transfer: ${JSON.stringify(answer)}`);
  return transfer.id;
}
