import type { components, operations } from '#openapi/flagship-provider';
import type { Clock } from '#platform/clock';
import { createContractClient } from '#platform/contract-client';
import type { ContractClient, HttpAnswer, HttpRequest } from '#platform/contract-client';
import { loadDocument } from '#platform/document';
import { storableText } from '../helpers/storable-text.ts';
import { createClientToken, requestTokens } from './client-token.ts';
import type { ClientCredentials } from './client-token.ts';
import { ignoreMissing, pageSize, timeOf, transferCalls } from './contract-transfers.ts';
import { createProviderHttp } from './provider-http.ts';
import type { ProviderHttp, ProviderHttpOptions } from './provider-http.ts';
import { isRefusal, ProviderError } from './provider.ts';
import type { Presence, Provider } from './provider.ts';

export interface AdapterOptions extends ClientCredentials {
  url: string;
  /** Where the provider's page sends the person back to. */
  redirectUri: string;
  timeoutMs: number;
  /** Whether the provider, and its pages, may be on a private network and without TLS, as the sandbox is. */
  allowPrivateAddresses: boolean;
  clock: Clock;
  see?: ProviderHttpOptions['see'];
}
type Schemas = components['schemas'];
interface Call {
  /** A consent's token; without it the client's own is sent. */
  accessToken?: string;
}
export type Client = ContractClient<Omit<operations, 'createToken' | 'sendEvent'>, Call>;

/** The adapter for providers that speak flagship-provider.yaml. */
export function createContractAdapter(options: AdapterOptions): Provider {
  const http = createProviderHttp(options);
  const exchange = createExchange(http, options);
  const client: Client = createContractClient(loadDocument('flagship-provider'), exchange);
  return {
    ...providerCalls(client),
    ...tokenCalls(http, options),
    ...consentCalls(client, options),
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

function providerCalls(client: Client): Pick<Provider, 'getCapabilities' | 'listInstitutions'> {
  return {
    getCapabilities: async () => (await client.getCapabilities({})).body,
    listInstitutions: async () =>
      (await client.listInstitutions({})).body.items.map((item) => ({ ...item, name: storableText(item.name) })),
  };
}

type TokenCalls = 'exchangeCode' | 'refreshTokens';
type ConsentCalls = 'createConsent' | 'getConsent' | 'renewConsent' | 'revokeConsent';

function tokenCalls(http: ProviderHttp, options: AdapterOptions): Pick<Provider, TokenCalls> {
  const { redirectUri } = options;
  return {
    exchangeCode: (code, verifier) => {
      const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri };
      return requestTokens(http, options, form);
    },
    refreshTokens: (refreshToken) =>
      requestTokens(http, options, { grant_type: 'refresh_token', refresh_token: refreshToken }),
  };
}

function consentCalls(client: Client, options: AdapterOptions): Pick<Provider, ConsentCalls> {
  const { redirectUri } = options;
  return {
    async createConsent({ userReference, institutionId, state, codeChallenge }) {
      const institution = institutionId === undefined ? {} : { institutionId };
      const body = { userReference, redirectUri, state, codeChallenge, ...institution };
      const reply = await client.createConsent({ body });
      return { consentId: reply.body.id, authorizeUrl: webPage(reply.body.authorizeUrl, options) };
    },
    async renewConsent(consentId, { state, codeChallenge }) {
      const reply = await client.renewConsent({ path: { consentId }, body: { redirectUri, state, codeChallenge } });
      return { authorizeUrl: webPage(reply.body.authorizeUrl, options) };
    },
    async getConsent(consentId) {
      const { status, institution, expiresAt } = (await client.getConsent({ path: { consentId } })).body;
      return {
        status,
        institution: institution && { id: institution.id, name: storableText(institution.name) },
        expiresAt: timeOf(expiresAt),
      };
    },
    async revokeConsent(consentId) {
      await client.revokeConsent({ path: { consentId } }).catch(ignoreMissing);
    },
  };
}

function accountCalls(client: Client): Pick<Provider, 'listAccounts' | 'listBalances' | 'syncTransactions'> {
  return {
    async listAccounts(accessToken, presence) {
      const { items } = (await client.listConsentAccounts({ accessToken, ...headersOf(presence) })).body;
      return items.map((item) => ({ ...item, name: storableText(item.name), mask: storableText(item.mask) }));
    },
    async listBalances(accessToken, presence) {
      const { items } = (await client.listConsentBalances({ accessToken, ...headersOf(presence) })).body;
      return items.map(({ accountId, type, amount, asOf }) => {
        return { accountId, type, amountMinor: amount.amountMinor, asOf: new Date(asOf) };
      });
    },
    async syncTransactions(accessToken, cursor, presence) {
      const query = { limit: pageSize, ...(cursor !== null && { cursor }) };
      const page = (await client.syncTransactions({ accessToken, query, ...headersOf(presence) })).body;
      const { added, modified, removed, nextCursor, hasMore } = page;
      return { changed: [...added, ...modified].map(transactionOf), removed, nextCursor, hasMore };
    },
  };
}

/** The person's browser is sent there: nothing but a web page will do. */
function webPage(address: string, { allowPrivateAddresses }: AdapterOptions): string {
  const schemes = allowPrivateAddresses ? ['http:', 'https:'] : ['https:'];
  const isWebPage = URL.canParse(address) && schemes.includes(new URL(address).protocol);
  if (!isWebPage) throw new ProviderError('unanswered', 'address_invalid');
  return address;
}

function headersOf(presence: Presence | undefined) {
  return presence?.personPresent ? { headers: { 'X-Person-Present': true } } : {};
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
  const { amountMinor } = amount;
  return { id, accountId, amountMinor, description: storableText(description), bookedOn, pending, pendingId };
}
