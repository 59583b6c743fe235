import { agree, askConsent, assert, assertRefused, giveConsent, newAuthorisation, syncAll } from './steps.ts';
import type { SuiteCase } from './suite.ts';

export const consentCases: SuiteCase[] = [
  {
    name: 'lists its institutions, each once, by name',
    async run({ provider, institutionId }) {
      const items = await provider.listInstitutions();
      const names = items.map(({ name }) => name);

      assert(new Set(items.map(({ id }) => id)).size === items.length, 'an institution stands in the list twice');
      assert(
        items.some(({ id }) => id === institutionId),
        'the institution of the bench is not in the list',
      );
      const isSorted = names.every((name, index) => index === 0 || (names[index - 1] ?? '').localeCompare(name) <= 0);
      assert(isSorted, 'the institutions are not in the order of their names');
    },
  },
  {
    name: 'opens a consent that waits, and makes it active when the person agrees',
    async run(bench) {
      const asked = await askConsent(bench);
      const before = await bench.provider.getConsent(asked.consentId);
      assert(before.status === 'awaiting_authorisation', `a new consent is ${before.status}`);

      const code = await agree(bench, asked);
      const tokens = await bench.provider.exchangeCode(code, asked.verifier);

      assert(tokens.refreshToken !== undefined, 'the first exchange gives no refresh token');
      const after = await bench.provider.getConsent(asked.consentId);
      assert(after.status === 'active', `a consent that was given is ${after.status}`);
      assert(after.institution?.id === bench.institutionId, 'the consent names another institution');
      assert(after.expiresAt !== null && after.expiresAt.getTime() > Date.now(), 'the consent has no end to come');
    },
  },
  {
    name: 'refuses a consent for an institution that there is not',
    run: ({ provider }) => {
      const { state, codeChallenge } = newAuthorisation();
      const consent = { userReference: 'someone', institutionId: 'no-such-bank', state, codeChallenge };
      return assertRefused(provider.createConsent(consent), 'provider_institution_unknown');
    },
  },
  {
    name: 'takes a code once, and only with its verifier',
    async run(bench) {
      const first = await askConsent(bench);
      const code = await agree(bench, first);
      await bench.provider.exchangeCode(code, first.verifier);
      await assertRefused(bench.provider.exchangeCode(code, first.verifier), 'invalid_grant');

      const second = await askConsent(bench);
      const stolen = await agree(bench, second);
      await assertRefused(bench.provider.exchangeCode(stolen, newAuthorisation().verifier), 'invalid_grant');
    },
  },
  {
    name: 'sends a person who declines back with an error, and the consent is rejected',
    async run(bench) {
      const { authorizeUrl, consentId, state } = await askConsent(bench);

      const answer = await bench.decide(authorizeUrl, 'deny');

      assert(answer.state === state, 'the redirect carries another state than was sent');
      assert(answer.error !== undefined && answer.code === undefined, 'the redirect carries no error, or a code');
      const { status } = await bench.provider.getConsent(consentId);
      assert(status === 'rejected', `a consent that was declined is ${status}`);
    },
  },
  {
    name: 'renews an access token with the refresh token',
    async run(bench) {
      const { tokens } = await giveConsent(bench);

      const renewed = await bench.provider.refreshTokens(tokens.refreshToken ?? '');

      assert(renewed.accessToken !== tokens.accessToken, 'the new access token is the old one');
      await bench.provider.listAccounts(renewed.accessToken);
    },
  },
  {
    name: 'ends a consent at once with its tokens, and ends it again without an error',
    async run(bench) {
      const { consentId, tokens } = await giveConsent(bench);

      await bench.provider.revokeConsent(consentId);
      await bench.provider.revokeConsent(consentId);

      const { status } = await bench.provider.getConsent(consentId);
      assert(status === 'revoked_by_user', `a consent that the client ended is ${status}`);
      const codes = ['consent_inactive', 'unauthenticated'];
      await assertRefused(bench.provider.listAccounts(tokens.accessToken), ...codes);
      await assertRefused(bench.provider.refreshTokens(tokens.refreshToken ?? ''), ...codes, 'invalid_grant');
      await bench.provider.revokeConsent('con_that_never_was');
    },
  },
  {
    name: 'renews a consent: its id, accounts and cursor go on, and it ends later',
    capabilities: ['consentRenewal'],
    async run(bench) {
      const { consentId, tokens } = await giveConsent(bench);
      const before = await bench.provider.getConsent(consentId);
      const accounts = await bench.provider.listAccounts(tokens.accessToken);
      const { cursor } = await syncAll(bench, tokens.accessToken);

      const { verifier, ...authorisation } = newAuthorisation();
      const { authorizeUrl } = await bench.provider.renewConsent(consentId, authorisation);
      const code = await agree(bench, { authorizeUrl, state: authorisation.state });
      const renewed = await bench.provider.exchangeCode(code, verifier);

      const after = await bench.provider.getConsent(consentId);
      assert(after.status === 'active', `a renewed consent is ${after.status}`);
      assert((after.expiresAt ?? 0) >= (before.expiresAt ?? 0), 'a renewed consent ends earlier than before');
      const again = await bench.provider.listAccounts(renewed.accessToken);
      assert(sameIds(accounts, again), 'the accounts have other ids after the renewal');
      await bench.provider.syncTransactions(renewed.accessToken, cursor);
    },
  },
  {
    name: 'leaves a consent as it is when the person turns back from its renewal',
    capabilities: ['consentRenewal'],
    async run(bench) {
      const { consentId, tokens } = await giveConsent(bench);
      const before = await bench.provider.getConsent(consentId);

      const { state, codeChallenge } = newAuthorisation();
      const { authorizeUrl } = await bench.provider.renewConsent(consentId, { state, codeChallenge });
      const answer = await bench.decide(authorizeUrl, 'deny');

      assert(answer.state === state && answer.error !== undefined, 'the redirect carries no error, or another state');
      const after = await bench.provider.getConsent(consentId);
      assert(JSON.stringify(after) === JSON.stringify(before), 'the consent has changed');
      await bench.provider.listAccounts(tokens.accessToken);
    },
  },
  {
    name: 'renews no consent that was ended or never given',
    capabilities: ['consentRenewal'],
    async run(bench) {
      const { consentId } = await giveConsent(bench);
      await bench.provider.revokeConsent(consentId);
      const waiting = await askConsent(bench);

      const { state, codeChallenge } = newAuthorisation();
      for (const id of [consentId, waiting.consentId]) {
        await assertRefused(bench.provider.renewConsent(id, { state, codeChallenge }), 'consent_not_renewable');
      }
    },
  },
];

function sameIds(some: { id: string }[], others: { id: string }[]): boolean {
  const idsOf = (rows: { id: string }[]) => JSON.stringify(rows.map(({ id }) => id).sort());
  return idsOf(some) === idsOf(others);
}
