import type { operations } from '#openapi/flagship-provider';
import type { Handlers } from '#platform/contract';
import { Problem } from '#platform/problem';
import type { ProviderCaller } from './authenticators.ts';
import { changeConsent, createConsent, getConsent, presentConsent } from './consents.ts';
import { listEvents } from './events.ts';
import { institutions } from './institutions.ts';
import type { AccountRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { balancesOf, changesOf } from './transactions.ts';
import { createTransfer, presentTransfer } from './transfers.ts';

/** Every operation of flagship-provider.yaml that takes JSON. */
export function createHandlers(
  sandbox: Sandbox,
): Handlers<Omit<operations, 'createToken' | 'sendEvent'>, ProviderCaller> {
  const { store, config } = sandbox;
  return {
    listInstitutions: () => ({
      status: 200,
      body: { items: institutions.map(({ id, name, country }) => ({ id, name, country })) },
    }),
    createConsent: ({ body }) => {
      const { id, status, request } = createConsent(sandbox, body);
      return { status: 201, body: { id, status, authorizeUrl: `${config.publicUrl}/authorize?request=${request}` } };
    },
    getConsent: ({ path }) => ({ status: 200, body: presentConsent(getConsent(sandbox, path.consentId)) }),
    revokeConsent: ({ path }) => {
      changeConsent(sandbox, getConsent(sandbox, path.consentId), 'revoked_by_user');
      return { status: 204 };
    },
    listConsentAccounts: ({ caller }) => ({
      status: 200,
      body: { items: caller.consent.accountIds.flatMap((id) => presentAccount(store.get('account', id))) },
    }),
    listConsentBalances: ({ caller }) => ({ status: 200, body: { items: balancesOf(sandbox, caller.consent) } }),
    syncTransactions: ({ caller, query }) => ({
      status: 200,
      body: changesOf(sandbox, caller.consent, query.cursor, query.limit ?? 100),
    }),
    createProviderTransfer: ({ path, body }) => ({
      status: 200,
      body: presentTransfer(createTransfer(sandbox, path.transferId, body)),
    }),
    getProviderTransfer: ({ path }) => {
      const transfer = store.get('transfer', path.transferId);
      if (!transfer) throw new Problem('not_found');
      return { status: 200, body: presentTransfer(transfer) };
    },
    listEvents: ({ query }) => ({ status: 200, body: listEvents(store, query.after, query.limit ?? 100) }),
  };
}

function presentAccount(account: AccountRecord | undefined) {
  if (!account) return [];
  const { id, name, mask, kind, currency, status } = account;
  return [{ id, name, mask, kind, currency, status }];
}
