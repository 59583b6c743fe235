import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { waitFor } from '#platform/testing/wait';
import { guessCategory } from '../helpers/categories.ts';
import { merchantOf } from '../helpers/merchants.ts';
import { createLinkedPerson, createPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let linked: Linked;
beforeAll(async () => {
  world = await startWorld({ seed: 'transactions' });
  linked = await createLinkedPerson(world);
});
afterAll(() => world.stop());

type Linked = Awaited<ReturnType<typeof createLinkedPerson>>;
type Filters = NonNullable<Parameters<World['client']['listTransactions']>[0]['query']>;

async function list({ as, account }: Linked, query: Filters = {}) {
  return (await world.client.listTransactions({ as, path: account, query: { limit: 100, ...query } }).expect(200)).body
    .items;
}

async function named(person: Linked, description: string) {
  return (await list(person)).filter((item) => item.description === description);
}

/** Adds transactions at the bank, and waits until they are here. */
async function pay(person: Linked, ...transactions: { amountMinor: number; description: string; pending?: boolean }[]) {
  const { account } = await providerIds(world, person.account.accountId);
  for (const transaction of transactions) await world.sandbox.addTransaction(account, transaction);
  const last = transactions.at(-1)?.description ?? '';
  return waitFor(last, async () => (await named(person, last))[0]);
}

function change(person: Linked, transactionId: string, body: object, headers: { 'If-Match'?: string } = {}) {
  return world.client.updateTransaction({ as: person.as, path: { transactionId }, body, headers });
}

describe('the person says what a transaction was', () => {
  test('their category and note win over the guess, and are learned for the merchant, for them alone', async () => {
    const other = await createLinkedPerson(world);
    const bought = await pay(linked, { amountMinor: -1_000, description: 'TEA HOUSE 17' });
    const theirs = await pay(other, { amountMinor: -1_000, description: 'TEA HOUSE 17' });
    expect(bought).toMatchObject({ category: 'other', categoryFrom: 'guess', note: null });

    const { body } = await change(linked, bought.id, { category: 'gifts', note: 'For Mira' }).expect(200);

    expect(body).toEqual({ ...bought, category: 'gifts', categoryFrom: 'person', note: 'For Mira' });
    const next = await pay(linked, { amountMinor: -700, description: 'Tea House 99 ' });
    expect(next).toMatchObject({ category: 'gifts', categoryFrom: 'learned', note: null });
    expect(await named(other, 'TEA HOUSE 17')).toEqual([theirs]);

    await change(linked, next.id, { category: 'groceries' }).expect(200);
    expect(await named(linked, 'TEA HOUSE 17')).toEqual([body]);
    await change(linked, bought.id, { category: null, note: null }).expect(200);
    expect(await named(linked, 'TEA HOUSE 17')).toEqual([bought]);
  });

  test('what they say survives booking under another id, and an edit of the old id reaches the new one', async () => {
    const { account } = await providerIds(world, linked.account.accountId);
    const held = await pay(linked, { amountMinor: -4_400, description: 'INN BY THE LAKE', pending: true });
    await change(linked, held.id, { category: 'travel', note: 'Summer' }).expect(200);

    await world.sandbox.runScenario('book_pending', account);

    const booked = await waitFor('the booked one', async () => {
      const [item] = await named(linked, 'INN BY THE LAKE');
      return item?.pending === false && item;
    });
    expect(booked.id).not.toBe(held.id);
    expect(booked).toMatchObject({ category: 'travel', categoryFrom: 'person', note: 'Summer' });
    const path = { transactionId: held.id };
    await world.client.getTransaction({ as: linked.as, path }).expect(404);
    const { body } = await change(linked, held.id, { note: 'Winter' }).expect(200);
    expect(body).toEqual({ ...booked, note: 'Winter' });
  });

  test('an edit of an old version is refused; of two at once on one version one is kept', async () => {
    const bought = await pay(linked, { amountMinor: -81, description: 'KIOSK' });
    const path = { transactionId: bought.id };
    const { etag = '' } = (await world.client.getTransaction({ as: linked.as, path }).expect(200)).headers as {
      etag?: string;
    };
    const headers = { 'If-Match': etag };

    const answers = await Promise.all(['one', 'two'].map((note) => change(linked, bought.id, { note }, headers)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    await change(linked, bought.id, { note: 'three' }, headers).expect(412);
    await change(linked, bought.id, { note: 'four' }).expect(200);
    const again = await world.client.getTransaction({ as: linked.as, path }).expect(200);
    expect(again.body.note).toBe('four');
    expect((again.headers as { etag?: string }).etag).not.toBe(etag);
  });

  test('what is removed, another’s, missing or malformed cannot be read or changed', async () => {
    const bought = await pay(linked, { amountMinor: -82, description: 'A MISTAKE' });
    const { rows } = await world.database.query<{ id: string }>(
      'select provider_transaction_id as id from bank_transaction where id = $1',
      [bought.id],
    );
    const stranger = createPerson();
    const refusals = [
      [stranger, bought.id],
      [linked.as, randomUUID()],
    ] as const;
    for (const [as, transactionId] of refusals) {
      await world.client.getTransaction({ as, path: { transactionId } }).expect(404);
      await world.client.updateTransaction({ as, path: { transactionId }, body: { note: 'x' } }).expect(404);
    }
    const path = { transactionId: bought.id };
    const bad = [{}, { category: 'unheard of' }, { note: '' }, { possibleDuplicate: true }, { amount: 1 }];
    for (const body of bad) await change(linked, bought.id, body as object).expect(400);

    await world.sandbox.runScenario('remove_transaction', rows[0]?.id ?? '');

    await waitFor('it to go', async () => (await named(linked, 'A MISTAKE')).length === 0);
    await world.client.getTransaction({ as: linked.as, path }).expect(404);
    await change(linked, bought.id, { note: 'x' }).expect(404);
  });
});

describe('possible duplicates', () => {
  async function told(person: Linked, id: string | undefined) {
    return waitFor('financial to hear of it', () =>
      Promise.resolve(world.financial.bankTransactions.findLast((news) => news.id === id)),
    ).then(({ possibleDuplicate }) => possibleDuplicate);
  }

  test('what the bank tells again under new ids is marked, kept out of rules, and the person may say that it is none', async () => {
    const person = await createLinkedPerson(world);
    const { account } = await providerIds(world, person.account.accountId);
    const before = await list(person);

    await world.sandbox.runScenario('reissue_ids', account);

    const after = await waitFor('the new ids', async () => {
      const items = await list(person);
      return items.length === before.length + 3 && items;
    });
    const marked = after.filter(({ possibleDuplicate }) => possibleDuplicate);
    expect(marked.map(({ id }) => before.some((item) => item.id === id))).toEqual([false, false, false]);
    const [first] = marked.filter(({ amount }) => amount.amountMinor < 0);
    expect(await told(person, first?.id)).toBe(true);

    const { body } = await change(person, first?.id ?? '', { possibleDuplicate: false }).expect(200);
    expect(body.possibleDuplicate).toBe(false);
    await waitFor('financial to count it', async () => (await told(person, first?.id)) === false);
  });

  test('two equal payments are both kept, and neither is doubted', async () => {
    const person = await createLinkedPerson(world);
    const { account } = await providerIds(world, person.account.accountId);
    const before = await named(person, 'CITY TRANSIT');

    await world.sandbox.runScenario('equal_payments', account);

    const after = await waitFor('both', async () => {
      const items = await named(person, 'CITY TRANSIT');
      return items.length === before.length + 2 && items;
    });
    expect(after.filter(({ possibleDuplicate }) => possibleDuplicate)).toEqual([]);
  });

  test('when the bank takes the earlier one back, the new one takes its place with what the person said', async () => {
    const person = await createLinkedPerson(world);
    const first = await pay(person, { amountMinor: -6_100, description: 'PIANO LESSON' });
    await change(person, first.id, { note: 'November' }).expect(200);
    await pay(person, { amountMinor: -1, description: 'ANOTHER' });
    const { rows } = await world.database.query<{ id: string }>(
      'select provider_transaction_id as id from bank_transaction where id = $1',
      [first.id],
    );
    const { account } = await providerIds(world, person.account.accountId);
    await world.sandbox.addTransaction(account, { amountMinor: -6_100, description: 'PIANO LESSON' });
    const [second] = await waitFor('the second', async () => {
      const doubted = (await named(person, 'PIANO LESSON')).filter(({ possibleDuplicate }) => possibleDuplicate);
      return doubted.length === 1 && doubted;
    });

    await world.sandbox.runScenario('remove_transaction', rows[0]?.id ?? '');

    const left = await waitFor('one to be left', async () => {
      const items = await named(person, 'PIANO LESSON');
      return items.length === 1 && items;
    });
    expect(left).toEqual([{ ...second, originId: first.id, note: 'November', possibleDuplicate: false }]);
    expect(await told(person, second?.id)).toBe(true);
  });
});

describe('the list', () => {
  test('is narrowed by days, category and text, page by page, and refuses what makes no sense', async () => {
    // What stands in a person's history is drawn: these two are there for certain.
    await pay(
      linked,
      ...['GREEN GROCER 1', 'GREEN GROCER 2'].map((description) => ({ amountMinor: -900, description })),
    );
    const all = await list(linked);
    const [newest, oldest] = [all[0]?.bookedOn ?? '', all.at(-1)?.bookedOn ?? ''];
    expect(newest > oldest).toBe(true);

    expect(await list(linked, { from: newest })).toEqual(all.filter(({ bookedOn }) => bookedOn === newest));
    expect(await list(linked, { to: oldest })).toEqual(all.filter(({ bookedOn }) => bookedOn === oldest));
    const groceries = all.filter(({ category }) => category === 'groceries');
    expect(groceries.length).toBeGreaterThan(0);
    expect(await list(linked, { category: 'groceries' })).toEqual(groceries);
    const text = all.filter(({ description }) => description.includes('GROCER'));
    expect(await list(linked, { q: 'grocer' })).toEqual(text);
    expect(await list(linked, { q: '%' })).toEqual([]);

    const { as, account } = linked;
    const first = await world.client
      .listTransactions({ as, path: account, query: { q: 'grocer', limit: 1 } })
      .expect(200);
    const query = { q: 'grocer', cursor: first.body.nextCursor ?? '' };
    const rest = await world.client.listTransactions({ as, path: account, query }).expect(200);
    expect([...first.body.items, ...rest.body.items]).toEqual(text);
    const bad: object[] = [{ from: '2026-02-30' }, { category: 'unheard of' }, { q: '' }];
    for (const wrong of bad) await world.client.listTransactions({ as, path: account, query: wrong }).expect(400);
  });

  test('a note is found by its text', async () => {
    const bought = await pay(linked, { amountMinor: -83, description: 'SOMETHING' });
    await change(linked, bought.id, { note: 'Birthday of Anna' }).expect(200);

    expect((await list(linked, { q: 'anna' })).map(({ id }) => id)).toEqual([bought.id]);
  });
});

test('each balance says its type, its age and who told it; one that the bank does not tell is null, never 0', async () => {
  const person = await createLinkedPerson(world);
  const { account } = await providerIds(world, person.account.accountId);
  await world.sandbox.runScenario('available_unknown', account);

  const shown = await waitFor('the balance to be unknown', async () => {
    const { items } = (await world.client.listAccounts({ as: person.as }).expect(200)).body;
    const [current] = items;
    return current?.balances[1]?.amount === null && current;
  });
  expect(shown.balances).toEqual([
    { type: 'booked', amount: person.account.balance, asOf: expect.any(String), source: 'provider' },
    { type: 'available', amount: null, asOf: null, source: null },
  ]);
});

test('the screen shows links with their health, balances, and the newest transactions of all accounts', async () => {
  const { body } = await world.client.getBankScreen({ as: linked.as }).expect(200);

  expect(body.connections.items).toMatchObject([
    { id: linked.connection.id, status: 'active', health: { state: 'ok' } },
  ]);
  expect(body.accounts.items.map(({ accountId }) => accountId)).toEqual(
    linked.balances.map(({ accountId }) => accountId),
  );
  expect(body.transactions.items).toHaveLength(20);
  const days = body.transactions.items.map(({ bookedOn }) => bookedOn);
  expect(days).toEqual([...days].sort().reverse());
  const { body: nobody } = await world.client.getBankScreen({ as: createPerson() }).expect(200);
  expect(nobody).toEqual({
    connections: { items: [] },
    accounts: { items: [], asOf: null },
    transactions: { items: [] },
  });
});

describe('the first guess', () => {
  test.each([
    ['CARD PAYMENT Green Grocer 021 22/11', 'green grocer'],
    ['green  grocer #7', 'green grocer'],
    ['POWER & LIGHT', 'power light'],
    ['McDonald’s 4711 GmbH', 'mcdonald’s'],
    ['0815 / 4711', ''],
  ])('the merchant of %p is %p', (description, merchant) => {
    expect(merchantOf(description)).toBe(merchant);
  });

  test.each([
    ['GREEN GROCER 021', -1, 'groceries'],
    ['CITY PHARMACY', -1, 'health'],
    ['BARBER SHOP', -1, 'shopping'],
    ['ATM VEGAS', -1, 'cash'],
    ['SALARY', 1, 'income'],
    ['AMAZON REFUND', 1, 'refunds'],
    ['XYZZY', -1, 'other'],
  ] as const)('%p of %p is %p', (description, amountMinor, category) => {
    expect(guessCategory({ description, amountMinor })).toBe(category);
  });
});
