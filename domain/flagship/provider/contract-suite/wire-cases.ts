import { randomUUID } from 'node:crypto';
import { assert, giveConsent, newAuthorisation, newTransfer, openAccount } from './steps.ts';
import type { Bench, SuiteCase, Wire } from './suite.ts';
import { assertProblem, assertSchema, call, clientToken, jsonOperations, requestToken } from './wire.ts';
import type { WireRequest } from './wire.ts';

/** What is seen on the wire alone: who may call, how it refuses, and that answers are what the contract says. */
export const wireCases: SuiteCase[] = [
  onWire('gives tokens to its client alone, and says what is wrong with a grant', async (_bench, wire) => {
    const good = await requestToken(wire, { grant_type: 'client_credentials' });
    assert(good.status === 200, `the token endpoint answers ${String(good.status)}`);
    const token = { type: 'object', required: ['access_token', 'token_type', 'expires_in'] };
    assertSchema(token, good.body, 'createToken');

    assertProblem(await requestToken(wire, { grant_type: 'client_credentials' }, 'wrong'), 401, 'a wrong secret');
    const grants = [
      { grant_type: 'password' },
      { grant_type: 'refresh_token', refresh_token: 'rt_never_given' },
      {
        grant_type: 'authorization_code',
        code: 'never',
        code_verifier: 'v'.repeat(43),
        redirect_uri: wire.redirectUri,
      },
    ];
    for (const grant of grants) assertProblem(await requestToken(wire, grant), 400, `the grant ${grant.grant_type}`);
  }),
  onWire('answers nothing without a token', async (_bench, wire) => {
    for (const { id } of jsonOperations()) {
      assertProblem(await call(wire, id), 401, `${id} without a token`);
      assertProblem(await call(wire, id, { token: 'never-given' }), 401, `${id} with a token that was never given`);
    }
  }),
  onWire("takes the client's token and a consent's token each where it belongs", async (bench, wire) => {
    const { tokens } = await giveConsent(bench);
    const own = await clientToken(wire);
    for (const { id, security } of jsonOperations()) {
      const token = security.some((scheme) => 'consentToken' in scheme) ? own : tokens.accessToken;
      assertProblem(await call(wire, id, { token }), [401, 403], `${id} with the other kind of token`);
    }
  }),
  onWire('answers as the contract says', async (bench, wire) => {
    const { account, consentId, tokens } = await openAccount(bench);
    const token = await clientToken(wire);
    const today = new Date().toISOString().slice(0, 10);
    const capabilities = await bench.provider.getCapabilities();
    const requests: [string, WireRequest][] = [
      ['getCapabilities', { token }],
      ['listInstitutions', { token }],
      ['getConsent', { token, path: { consentId } }],
      ['listConsentAccounts', { token: tokens.accessToken }],
      ['listConsentBalances', { token: tokens.accessToken }],
      ['syncTransactions', { token: tokens.accessToken, query: { limit: '5' } }],
      ['listEvents', { token, query: { limit: '5' } }],
    ];
    if (capabilities.transfers) {
      const { id, amountMinor, currency, notAfter } = newTransfer(account);
      const amount = { amountMinor, currency };
      const body = { accountId: account.id, direction: 'debit', amount, notAfter: notAfter.toISOString() };
      requests.push(['createProviderTransfer', { token, path: { transferId: id }, body }]);
      requests.push(['getProviderTransfer', { token, path: { transferId: id } }]);
    }
    if (capabilities.transferList) {
      requests.push(['listProviderTransfers', { token, query: { from: today, to: today } }]);
    }
    for (const [id, request] of requests) {
      const { status } = await call(wire, id, request);
      assert(status === 200, `${id} answers ${String(status)}`);
    }
  }),
  onWire('says 404 of what is not there, and 400 of what does not fit', async (bench, wire) => {
    const { tokens } = await giveConsent(bench);
    const token = await clientToken(wire);
    const missing = { token, path: { consentId: 'con_that_never_was', transferId: randomUUID() } };
    for (const id of ['getConsent', 'revokeConsent', 'getProviderTransfer']) {
      assertProblem(await call(wire, id, missing), 404, `${id} of what is not there`);
    }
    assertProblem(await call(wire, 'createConsent', { token, body: {} }), 400, 'a consent without its parts');
    assertProblem(await call(wire, 'listEvents', { token, query: { limit: '0' } }), 400, 'a limit of 0');
    const sync = { token: tokens.accessToken, query: { limit: '501' } };
    assertProblem(await call(wire, 'syncTransactions', sync), 400, 'a limit of 501');
  }),
  onWire('leads nobody to an address that was not registered', async ({ institutionId }, wire) => {
    const { state, codeChallenge } = newAuthorisation();
    const redirectUri = 'https://elsewhere.example/callback';
    const body = { userReference: 'someone', institutionId, redirectUri, state, codeChallenge };

    const answer = await call(wire, 'createConsent', { token: await clientToken(wire), body });

    assertProblem(answer, 422, 'a foreign redirect address');
  }),
];

function onWire(name: string, run: (bench: Bench, wire: Wire) => Promise<void>): SuiteCase {
  return {
    name,
    needs: 'wire',
    run: async (bench) => {
      assert(bench.wire !== undefined, 'there is no wire');
      await run(bench, bench.wire);
    },
  };
}
