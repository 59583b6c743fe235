import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, linkBankAccount, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

/** A person with a pocket in which all of their money is. */
export async function savedPocket(app: FinancialApp, sum: number) {
  const as = await createPerson(app, { wallet: sum });
  const path = { pocketId: (await createPocket(app, as)).id };
  await app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(sum) } }).expect(201);
  return { as, path };
}

/** What is in a pocket. */
export async function balanceOf(
  app: FinancialApp,
  { as, path }: { as: { userId: string }; path: { pocketId: string } },
) {
  return (await app.client.getPocket({ as, path }).expect(200)).body.balance.amountMinor;
}

/** What is in a wallet: balance, available, and on its way out. */
export async function walletOf(app: FinancialApp, as: { userId: string }) {
  const { body } = await app.client.getWallet({ as }).expect(200);
  return [body.balances[0]?.amountMinor, body.available[0]?.amountMinor, body.pending[0]?.amountMinor];
}

/** A transfer that was accepted; nobody has told anything of it. */
export async function startTransfer(
  app: FinancialApp,
  operation: 'createDeposit' | 'createWalletWithdrawal',
  as: { userId: string },
  amountMinor: number,
) {
  const { accountId } = await linkBankAccount(app, as);
  const { body } = await app.client[operation]({
    as,
    headers: withKey(),
    body: { accountId, amount: eur(amountMinor) },
  }).expect(202);
  return body.transfer;
}

/** Flagship tells a state of a transfer. */
export function tell(
  app: FinancialApp,
  transferId: string,
  status: components['schemas']['ProviderState']['status'],
  sequence: number,
  reason?: string,
) {
  const body = { status, sequence, ...(reason !== undefined && { reason }) };
  return app.flagship.putTransferState({ as: { service: true }, path: { transferId }, body });
}
