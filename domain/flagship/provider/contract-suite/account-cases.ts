import { assert, assertRefused, giveConsent, syncAll } from './steps.ts';
import type { SuiteCase } from './suite.ts';

export const accountCases: SuiteCase[] = [
  {
    name: 'lists the accounts of a consent, the same each time',
    async run(bench) {
      const { tokens } = await giveConsent(bench);

      const first = await bench.provider.listAccounts(tokens.accessToken);
      const again = await bench.provider.listAccounts(tokens.accessToken, { personPresent: true });

      assert(first.length > 0, 'there is no account');
      assert(new Set(first.map(({ id }) => id)).size === first.length, 'an account stands in the list twice');
      assert(JSON.stringify(first) === JSON.stringify(again), 'the list differs from one moment to the next');
    },
  },
  {
    name: 'tells balances of those accounts alone, at most one of each type',
    async run(bench) {
      const { tokens } = await giveConsent(bench);
      const accounts = await bench.provider.listAccounts(tokens.accessToken);

      const balances = await bench.provider.listBalances(tokens.accessToken);

      const areKnown = balances.every(({ accountId }) => accounts.some(({ id }) => id === accountId));
      assert(areKnown, 'a balance belongs to an account that is not in the list');
      const types = new Set(balances.map(({ accountId, type }) => `${accountId} ${type}`));
      assert(types.size === balances.length, 'an account has two balances of one type');
      const areWhole = balances.every(({ amountMinor, asOf }) => {
        return Number.isSafeInteger(amountMinor) && !Number.isNaN(asOf.getTime());
      });
      assert(areWhole, 'a balance has no whole sum of minor units, or no time');
    },
  },
  {
    name: 'tells the whole history without a cursor, each transaction once',
    async run(bench) {
      const { tokens } = await giveConsent(bench);
      const accounts = await bench.provider.listAccounts(tokens.accessToken);

      const { changed } = await syncAll(bench, tokens.accessToken);

      const areKnown = changed.every(({ accountId }) => accounts.some(({ id }) => id === accountId));
      assert(areKnown, 'a transaction belongs to an account that is not in the list');
      const areWhole = changed.every(({ amountMinor, bookedOn }) => {
        return Number.isSafeInteger(amountMinor) && /^\d{4}-\d{2}-\d{2}$/.test(bookedOn);
      });
      assert(areWhole, 'a transaction has no whole sum of minor units, or no day');
      const areOthers = changed.every(({ id, pendingId }) => id !== pendingId);
      assert(areOthers, 'a transaction names itself as what it was while it was pending');
    },
  },
  {
    name: 'gives the same changes for the same cursor, and none twice after the last',
    async run(bench) {
      const { tokens } = await giveConsent(bench);

      const first = await syncAll(bench, tokens.accessToken);
      const again = await syncAll(bench, tokens.accessToken);
      const rest = await syncAll(bench, tokens.accessToken, first.cursor);

      const idsOf = ({ changed }: typeof first) => changed.map(({ id }) => id);
      const told = new Set(idsOf(again));
      assert(
        idsOf(first).every((id) => told.has(id)),
        'a second reading from the beginning lacks a transaction',
      );
      const known = new Set(idsOf(first));
      assert(!idsOf(rest).some((id) => known.has(id)), 'a transaction is told again after the last cursor');
    },
  },
  {
    name: 'refuses a cursor that it never gave',
    async run(bench) {
      const { tokens } = await giveConsent(bench);

      const sync = bench.provider.syncTransactions(tokens.accessToken, 'never-given');

      await assertRefused(sync, 'invalid_cursor', 'invalid_request');
    },
  },
  {
    name: 'refuses an access token that it never gave',
    run: ({ provider }) => assertRefused(provider.listAccounts('at_never_given'), 'unauthenticated'),
  },
];
