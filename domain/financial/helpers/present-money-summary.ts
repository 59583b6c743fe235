import { RawJson } from '#platform/raw-json';
import type { components } from '#openapi/financial';
import type { MoneySummaryFacts } from '../services/money-summary.ts';
import type { WalletFacts } from '../services/wallet.ts';
import { presentMoney, presentTime } from './present-money.ts';
import { presentTransfer } from './present-transfer.ts';

type MoneySummary = components['schemas']['MoneySummary'];

export function presentMoneySummary(userId: string, facts: MoneySummaryFacts, now: Date): MoneySummary {
  return {
    userId,
    wallets: facts.wallets.map(presentWallet),
    pockets: facts.pockets.map(({ id, name, closed, balanceMinor, currency }) => ({
      id,
      name,
      status: closed ? 'closed' : 'open',
      balance: presentMoney(balanceMinor, currency),
    })),
    pocketCount: facts.pocketCount,
    suspense: facts.suspense.map(({ balanceMinor, currency }) => presentMoney(balanceMinor, currency)),
    freezes: facts.freezes.map(({ since, ...freeze }) => ({ ...freeze, since: presentTime(since) })),
    transfers: facts.transfers.map(presentTransfer),
    bankAccounts: new RawJson<MoneySummary['bankAccounts']>(facts.bankBalances).parse(),
    asOf: now.toISOString(),
  };
}

function presentWallet({
  currency,
  balanceMinor,
  reservedMinor,
  incomingMinor,
}: WalletFacts): MoneySummary['wallets'][number] {
  return {
    currency,
    balance: presentMoney(balanceMinor, currency),
    available: presentMoney(balanceMinor - reservedMinor, currency),
    pending: presentMoney(reservedMinor, currency),
    incoming: presentMoney(incomingMinor, currency),
  };
}
