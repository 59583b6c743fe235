import type { operations } from '#openapi/flagship-provider';
import type { Handlers } from '#platform/contract';
import type { ProviderCaller } from './authenticators.ts';
import { changeConsent, createConsent, getConsent, presentConsent, renewConsent } from './consents.ts';
import { listEvents } from './events.ts';
import { institutions } from './institutions.ts';
import type { AccountRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { changesOf } from './sync-pages.ts';
import { balancesOf } from './transactions.ts';
import { listTransfers, presentTransfer } from './transfer-list.ts';
import { cancelTransfer, createTransfer, requireTransfer } from './transfers.ts';
import { createWebhookKey, liveKeys, presentKey, retireWebhookKey } from './webhook-keys.ts';

type Operations = Omit<operations, 'createToken' | 'sendEvent'>;
type Part<Id extends keyof Operations> = Pick<Handlers<Operations, ProviderCaller>, Id>;

/** Every operation of flagship-provider.yaml that takes JSON. */
export function createHandlers(sandbox: Sandbox): Handlers<Operations, ProviderCaller> {
  return {
    ...consentHandlers(sandbox),
    ...accountHandlers(sandbox),
    ...transferHandlers(sandbox),
    ...eventHandlers(sandbox),
  };
}

type ConsentIds =
  'getCapabilities' | 'listInstitutions' | 'createConsent' | 'getConsent' | 'renewConsent' | 'revokeConsent';

function consentHandlers(sandbox: Sandbox): Part<ConsentIds> {
  const { config, capabilities } = sandbox;
  const pageOf = (request: string) => `${config.publicUrl}/authorize?request=${request}`;
  return {
    getCapabilities: () => ({ status: 200, body: capabilities.current }),
    listInstitutions: () => ({
      status: 200,
      body: { items: institutions.map(({ id, name, country }) => ({ id, name, country })) },
    }),
    createConsent: ({ body }) => {
      const { id, status, request } = createConsent(sandbox, body);
      return { status: 201, body: { id, status, authorizeUrl: pageOf(request) } };
    },
    getConsent: ({ path }) => ({ status: 200, body: presentConsent(getConsent(sandbox, path.consentId)) }),
    renewConsent: ({ path, body }) => {
      capabilities.assert('consentRenewal');
      const { consent, request } = renewConsent(sandbox, path.consentId, body);
      return { status: 201, body: { id: consent.id, status: consent.status, authorizeUrl: pageOf(request) } };
    },
    revokeConsent: ({ path }) => {
      changeConsent(sandbox, getConsent(sandbox, path.consentId), 'revoked_by_user');
      return { status: 204 };
    },
  };
}

function accountHandlers(sandbox: Sandbox): Part<'listConsentAccounts' | 'listConsentBalances' | 'syncTransactions'> {
  const { store, limits } = sandbox;
  const isPresent = (headers: { 'x-person-present'?: boolean }) => String(headers['x-person-present']) === 'true';
  return {
    listConsentAccounts: ({ caller: { consent }, headers }) => {
      limits.take(consent, 'accounts', isPresent(headers));
      return {
        status: 200,
        body: { items: consent.accountIds.flatMap((id) => presentAccount(store.get('account', id))) },
      };
    },
    listConsentBalances: ({ caller: { consent }, headers }) => {
      limits.take(consent, 'balances', isPresent(headers));
      return { status: 200, body: { items: balancesOf(sandbox, consent) } };
    },
    syncTransactions: ({ caller: { consent }, query, headers }) => {
      // The pages of one sync are one read.
      if (query.cursor === undefined || query.cursor !== consent.midCursor) {
        limits.take(consent, 'transactions', isPresent(headers));
      }
      return { status: 200, body: changesOf(sandbox, consent, query.cursor, query.limit ?? 100) };
    },
  };
}

type TransferIds =
  'createProviderTransfer' | 'getProviderTransfer' | 'listProviderTransfers' | 'cancelProviderTransfer';

function transferHandlers(sandbox: Sandbox): Part<TransferIds> {
  const { capabilities } = sandbox;
  return {
    createProviderTransfer: ({ path, body }) => {
      capabilities.assert('transfers');
      return { status: 200, body: presentTransfer(createTransfer(sandbox, path.transferId, body)) };
    },
    getProviderTransfer: ({ path }) => {
      capabilities.assert('transfers');
      return { status: 200, body: presentTransfer(requireTransfer(sandbox, path.transferId)) };
    },
    listProviderTransfers: ({ query: { from, to, cursor, limit = 100 } }) => {
      capabilities.assert('transferList');
      return { status: 200, body: listTransfers(sandbox, { from, to, cursor, limit }) };
    },
    cancelProviderTransfer: ({ path }) => {
      capabilities.assert('transferCancellation');
      return { status: 200, body: presentTransfer(cancelTransfer(sandbox, path.transferId)) };
    },
  };
}

function eventHandlers(
  sandbox: Sandbox,
): Part<'listEvents' | 'listWebhookKeys' | 'createWebhookKey' | 'retireWebhookKey'> {
  const { store, capabilities } = sandbox;
  return {
    listEvents: ({ query }) => ({ status: 200, body: listEvents(store, query.after, query.limit ?? 100) }),
    listWebhookKeys: () => {
      capabilities.assert('webhookKeys');
      return { status: 200, body: { items: liveKeys(sandbox).map(presentKey) } };
    },
    createWebhookKey: () => {
      capabilities.assert('webhookKeys');
      return { status: 201, body: createWebhookKey(sandbox) };
    },
    retireWebhookKey: ({ path }) => {
      capabilities.assert('webhookKeys');
      retireWebhookKey(sandbox, path.keyId);
      return { status: 204 };
    },
  };
}

function presentAccount(account: AccountRecord | undefined) {
  if (!account) return [];
  const { id, name, mask, kind, currency, status } = account;
  return [{ id, name, mask, kind, currency, status }];
}
