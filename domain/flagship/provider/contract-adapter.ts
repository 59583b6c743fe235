import type { components, operations } from '#openapi/flagship-provider';
import type { Clock } from '#platform/clock';
import { createContractClient } from '#platform/contract-client';
import type { ContractClient, HttpAnswer, HttpRequest } from '#platform/contract-client';
import { loadDocument } from '#platform/document';
import { createClientToken, requestTokens } from './client-token.ts';
import type { ClientCredentials } from './client-token.ts';
import { createProviderHttp } from './provider-http.ts';
import type { ProviderHttp } from './provider-http.ts';
import { isRefusal, ProviderError } from './provider.ts';
import type { Provider, ProviderEvent, ProviderTransferState } from './provider.ts';

export interface AdapterOptions extends ClientCredentials {
  url: string;
  /** Where the provider's page sends the person back to. */
  redirectUri: string;
  timeoutMs: number;
  clock: Clock;
}
type Schemas = components['schemas'];
interface Call {
  /** A consent's token; without it the client's own is sent. */
  accessToken?: string;
}
type Client = ContractClient<Omit<operations, 'createToken' | 'sendEvent'>, Call>;
const pageSize = 200;

/** The adapter for providers that speak flagship-provider.yaml. */
export function createContractAdapter(options: AdapterOptions): Provider {
  const http = createProviderHttp(options);
  const exchange = createExchange(http, options);
  const client: Client = createContractClient(loadDocument('flagship-provider'), exchange);
  return {
    ...consentCalls(client, http, options),
    ...accountCalls(client),
    ...transferCalls(client),
    close: () => {
      http.close();
    },
  };
}

/** Sends a request with the consent's token, or with our own, which is fetched anew once when it is refused. */
function createExchange(http: ProviderHttp, options: AdapterOptions) {
  const clientToken = createClientToken(http, options, options.clock);
  /** Without a token nothing was sent, whatever became of the token request. */
  async function ownToken(): Promise<string> {
    return clientToken.get().catch((cause: unknown) => {
      throw new ProviderError('not_sent', 'no_client_token', { cause });
    });
  }
  return async (request: HttpRequest, { accessToken }: Call): Promise<HttpAnswer> => {
    const send = (token: string) =>
      http.send({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });
    if (accessToken !== undefined) return send(accessToken);
    try {
      return await send(await ownToken());
    } catch (error) {
      // A refused token had no effect.
      if (!isRefusal(error, 'unauthenticated')) throw error;
      clientToken.forget();
      return send(await ownToken());
    }
  };
}

type ConsentCalls = 'createConsent' | 'getConsent' | 'revokeConsent' | 'exchangeCode' | 'refreshTokens';

function consentCalls(client: Client, http: ProviderHttp, options: AdapterOptions): Pick<Provider, ConsentCalls> {
  const { redirectUri } = options;
  return {
    async createConsent({ userReference, institutionId, state, codeChallenge }) {
      const institution = institutionId === undefined ? {} : { institutionId };
      const body = { userReference, redirectUri, state, codeChallenge, ...institution };
      const reply = await client.createConsent({ body });
      return { consentId: reply.body.id, authorizeUrl: reply.body.authorizeUrl };
    },
    async getConsent(consentId) {
      const { status, institution, expiresAt } = (await client.getConsent({ path: { consentId } })).body;
      return {
        status,
        institution: institution && { id: institution.id, name: institution.name },
        expiresAt: expiresAt === null ? null : new Date(expiresAt),
      };
    },
    async revokeConsent(consentId) {
      await client.revokeConsent({ path: { consentId } }).catch(ignoreMissing);
    },
    exchangeCode: (code, verifier) => {
      const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri };
      return requestTokens(http, options, form);
    },
    refreshTokens: (refreshToken) =>
      requestTokens(http, options, { grant_type: 'refresh_token', refresh_token: refreshToken }),
  };
}

function accountCalls(client: Client): Pick<Provider, 'listAccounts' | 'listBalances' | 'syncTransactions'> {
  return {
    listAccounts: async (accessToken) => (await client.listConsentAccounts({ accessToken })).body.items,
    async listBalances(accessToken) {
      const { items } = (await client.listConsentBalances({ accessToken })).body;
      return items.map(({ accountId, type, amount, asOf }) => {
        return { accountId, type, amountMinor: amount.amountMinor, asOf: new Date(asOf) };
      });
    },
    async syncTransactions(accessToken, cursor) {
      const query = { limit: pageSize, ...(cursor !== null && { cursor }) };
      const page = (await client.syncTransactions({ accessToken, query })).body;
      const { added, modified, removed, nextCursor, hasMore } = page;
      return { changed: [...added, ...modified].map(transactionOf), removed, nextCursor, hasMore };
    },
  };
}

function transferCalls(client: Client): Pick<Provider, 'createTransfer' | 'findTransfer' | 'listEvents'> {
  return {
    async createTransfer({ id, providerAccountId, direction, amountMinor, currency, notAfter }) {
      const body = {
        accountId: providerAccountId,
        direction: direction === 'deposit' ? ('debit' as const) : ('credit' as const),
        amount: { amountMinor, currency },
        notAfter: notAfter.toISOString(),
      };
      return stateOf((await client.createProviderTransfer({ path: { transferId: id }, body })).body);
    },
    async findTransfer(transferId) {
      const reply = await client.getProviderTransfer({ path: { transferId } }).catch(ignoreMissing);
      return reply ? stateOf(reply.body) : null;
    },
    async listEvents(after) {
      const query = { limit: pageSize, ...(after !== null && { after }) };
      const { items, nextCursor, hasMore } = (await client.listEvents({ query })).body;
      return { events: items.map(eventOf), nextCursor, hasMore };
    },
  };
}

function ignoreMissing(error: unknown): undefined {
  if (!isRefusal(error, 'not_found')) throw error;
}

function transactionOf({
  id,
  accountId,
  amount,
  description,
  bookedOn,
  pending,
  pendingId,
}: Schemas['ProviderTransaction']) {
  return { id, accountId, amountMinor: amount.amountMinor, description, bookedOn, pending, pendingId };
}

function stateOf({ status, reason }: Schemas['ProviderTransfer']): ProviderTransferState {
  return { status, reason };
}

function eventOf(event: Schemas['Event']): ProviderEvent {
  return event;
}
