import { randomUUID } from 'node:crypto';
import type { ProviderEvent } from '../provider.ts';
import { isRefusal } from '../provider.ts';
import { assert, assertRefused, newTransfer, openAccount, readFeed, syncAll, until } from './steps.ts';
import type { Bench, SuiteCase } from './suite.ts';

export const transferCases: SuiteCase[] = [
  {
    name: 'makes one transfer for one id, however often it is asked',
    capabilities: ['transfers'],
    async run(bench) {
      const { account } = await openAccount(bench);
      const wanted = newTransfer(account);

      const made = await Promise.all([1, 2, 3].map(() => bench.provider.createTransfer(wanted)));

      const times = new Set(made.map(({ createdAt }) => createdAt.getTime()));
      assert(times.size === 1, 'the same id was made at several times');
      const [first] = made;
      assert(first?.id === wanted.id && first.amountMinor === wanted.amountMinor, 'it is not the transfer asked for');
      await assertRefused(bench.provider.createTransfer({ ...wanted, amountMinor: 102 }), 'transfer_id_reused');
    },
  },
  {
    name: 'carries transfers out in both directions, and tells when and for which day',
    capabilities: ['transfers'],
    async run(bench) {
      const { account, tokens } = await openAccount(bench);
      const { cursor } = await syncAll(bench, tokens.accessToken);

      for (const direction of ['deposit', 'withdrawal'] as const) {
        const { id } = await bench.provider.createTransfer(newTransfer(account, { direction }));
        const settled = await settledTransfer(bench, id);
        assert(settled.settledAt !== null, 'a settled transfer has no time of its settlement');
        assert(/^\d{4}-\d{2}-\d{2}$/.test(settled.valueDate ?? ''), 'a settled transfer has no value date');
        assert(settled.returnedAt === null && settled.returnValueDate === null, 'it is returned, but settled');
      }

      const sums = await until(bench, 'the transactions of the transfers', async () => {
        const { changed } = await syncAll(bench, tokens.accessToken, cursor);
        const booked = changed.filter(({ pending }) => !pending).map(({ amountMinor }) => amountMinor);
        return booked.includes(-101) && booked.includes(101) && booked;
      });
      assert(sums.length > 1, 'the account tells nothing of the transfers');
    },
  },
  {
    name: 'tells each state of a transfer in its feed, forward only',
    capabilities: ['transfers'],
    async run(bench) {
      const { account } = await openAccount(bench);
      const { id } = await bench.provider.createTransfer(newTransfer(account));
      await settledTransfer(bench, id);

      const told = await until(bench, 'the event of the settlement', async () => {
        const events = (await readFeed(bench)).filter((event) => isOfTransfer(event, id));
        const statuses = events.map((event) => (event.type === 'transfer.updated' ? event.data.status : ''));
        return statuses.includes('settled') && statuses;
      });

      const order = ['submitted', 'processing', 'settled'];
      const ranks = told.map((status) => order.indexOf(status));
      assert(
        ranks.every((rank, index) => rank > (ranks[index - 1] ?? -1)),
        `the feed tells ${told.join(', ')}`,
      );
    },
  },
  {
    name: 'gives the same page of events for the same cursor',
    async run({ provider }) {
      const first = await provider.listEvents(null);
      const again = await provider.listEvents(null);

      const ids = first.events.map(({ id }) => id);
      assert(
        ids.every((id, index) => again.events[index]?.id === id),
        'the feed changes its beginning',
      );
      assert(new Set(ids).size === ids.length, 'an event stands in the feed twice');
    },
  },
  {
    name: 'knows no transfer that was not made, and makes none after its deadline',
    capabilities: ['transfers'],
    async run(bench) {
      const { account } = await openAccount(bench);
      const late = newTransfer(account, { notAfter: new Date(Date.now() - 60_000) });

      await assertRefused(bench.provider.createTransfer(late), 'transfer_too_late');

      assert((await bench.provider.findTransfer(late.id)) === null, 'a transfer that came too late was recorded');
      assert((await bench.provider.findTransfer(randomUUID())) === null, 'it knows a transfer that never was');
    },
  },
  {
    name: 'refuses a transfer from an account of no consent, or in another currency',
    capabilities: ['transfers'],
    async run(bench) {
      const { account } = await openAccount(bench);
      const stranger = newTransfer(account, { providerAccountId: 'acc_of_nobody' });
      const foreign = newTransfer(account, { currency: account.currency === 'KWD' ? 'JPY' : 'KWD' });

      for (const wanted of [stranger, foreign]) {
        await assertRefused(bench.provider.createTransfer(wanted), 'transfer_rejected');
        assert((await bench.provider.findTransfer(wanted.id)) === null, 'a refused transfer was recorded');
      }
    },
  },
  {
    name: 'cancels what the bank has not begun, and nothing else',
    capabilities: ['transfers', 'transferCancellation'],
    async run(bench) {
      const { account } = await openAccount(bench);
      const { id } = await bench.provider.createTransfer(newTransfer(account));
      const cancelled = await bench.provider.cancelTransfer(id).catch((error: unknown) => {
        if (!isRefusal(error, 'transfer_not_cancellable')) throw error;
        return null;
      });
      if (cancelled) {
        assert(cancelled.status === 'cancelled', `a cancelled transfer is ${cancelled.status}`);
        const again = await bench.provider.cancelTransfer(id);
        assert(again.status === 'cancelled', 'cancelling it again has changed it');
      }

      const other = await bench.provider.createTransfer(newTransfer(account));
      await settledTransfer(bench, other.id);
      await assertRefused(bench.provider.cancelTransfer(other.id), 'transfer_not_cancellable');
      await assertRefused(bench.provider.cancelTransfer(randomUUID()), 'not_found');
    },
  },
  {
    name: 'lists transfers by the day they count on, and only what has settled',
    capabilities: ['transfers', 'transferList'],
    async run(bench) {
      const { account } = await openAccount(bench);
      const { id } = await bench.provider.createTransfer(newTransfer(account));
      const { valueDate } = await settledTransfer(bench, id);
      const day = valueDate ?? '';

      const listed = await listDay(bench, day);
      const before = await listDay(bench, '2001-01-01');

      const row = listed.find((transfer) => transfer.id === id);
      assert(row?.amountMinor === 101 && row.direction === 'deposit', 'the day does not list the transfer as it is');
      assert(new Set(listed.map((transfer) => transfer.id)).size === listed.length, 'a transfer is listed twice');
      const areOfDay = listed.every((transfer) => [transfer.valueDate, transfer.returnValueDate].includes(day));
      assert(areOfDay && before.length === 0, 'a day lists what counts on another');
      const backwards = bench.provider.listTransfers({ from: '2001-01-02', to: '2001-01-01', cursor: null });
      await assertRefused(backwards, 'invalid_request');
    },
  },
];

async function settledTransfer(bench: Bench, id: string) {
  return until(bench, 'the settlement of a transfer', async () => {
    const transfer = await bench.provider.findTransfer(id);
    assert(transfer !== null, 'a transfer that was made is not there');
    assert(!['failed', 'cancelled'].includes(transfer.status), `it is ${transfer.status}: ${transfer.reason ?? ''}`);
    return transfer.status === 'settled' && transfer;
  });
}

function isOfTransfer(event: ProviderEvent, id: string): boolean {
  return event.type === 'transfer.updated' && event.data.transferId === id;
}

async function listDay({ provider }: Bench, day: string) {
  const all = [];
  let cursor: string | null = null;
  do {
    const page = await provider.listTransfers({ from: day, to: day, cursor });
    all.push(...page.transfers);
    assert(page.nextCursor === null || page.nextCursor !== cursor, 'a page of the list leads to itself');
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}
