import { Problem } from '#platform/problem';
import { changeConsent, getConsent } from './consents.ts';
import type { Sandbox } from './sandbox.ts';
import { bookPending, pendingOf, requireAccount } from './transactions.ts';
import { presentTransfer, returnTransfer, tellTransactions } from './transfers.ts';

type Scenario = (sandbox: Sandbox, id: string) => object;

/** What happens at banks, by name; the id is that of the consent, account or transfer it happens to. */
const scenarios: Record<string, Scenario> = {
  /** The bank ended the session behind a consent and wants the person to sign in again. */
  reauth_required: (sandbox, consentId) => {
    const { id, status } = changeConsent(sandbox, getConsent(sandbox, consentId), 'reauth_required');
    return { id, status };
  },
  /** The person took the consent back in the bank's own app. */
  revoked_at_bank: (sandbox, consentId) => {
    const { id, status } = changeConsent(sandbox, getConsent(sandbox, consentId), 'revoked_at_provider');
    return { id, status };
  },
  /** Everything pending on an account is booked, under new ids. */
  book_pending: (sandbox, accountId) => {
    const pending = pendingOf(sandbox, requireAccount(sandbox.store, accountId).id);
    for (const { id } of pending) bookPending(sandbox, id);
    tellTransactions(sandbox, accountId);
    return { booked: pending.length };
  },
  /** The account has nothing left, so that the next debit fails for want of money. */
  empty_account: (sandbox, accountId) => {
    const account = requireAccount(sandbox.store, accountId);
    sandbox.store.put('account', accountId, { ...account, bookedMinor: 0 });
    tellTransactions(sandbox, accountId);
    return { id: accountId, bookedMinor: 0 };
  },
  /** The bank stops telling what can be spent. */
  available_unknown: (sandbox, accountId) => {
    const account = requireAccount(sandbox.store, accountId);
    sandbox.store.put('account', accountId, { ...account, tellsAvailable: false });
    tellTransactions(sandbox, accountId);
    return { id: accountId, tellsAvailable: false };
  },
  close_account: (sandbox, accountId) => {
    const account = requireAccount(sandbox.store, accountId);
    sandbox.store.put('account', accountId, { ...account, status: 'closed' });
    tellTransactions(sandbox, accountId);
    return { id: accountId, status: 'closed' };
  },
  /** The account holder objects, and the bank takes a settled transfer back. */
  return_transfer: (sandbox, transferId) => presentTransfer(returnTransfer(sandbox, transferId)),
};

export const scenarioNames = Object.keys(scenarios);

export function runScenario(sandbox: Sandbox, name: string, id: string): object {
  const scenario = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (!scenario) throw new Problem('not_found', `The scenarios are ${scenarioNames.join(', ')}.`);
  return scenario(sandbox, id);
}
