import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { createPocket, eur, linkBankAccount, withKey } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { createRule, createSaver, outcomesOf, posted, runsOf, startRuleWorld, tellPosted } from './rule-world.ts';
import type { RuleWorld, Saver } from './rule-world.ts';
import { balanceOf, startTransfer, walletOf } from './steps.ts';

const start = new Date('2026-11-22T09:30:00Z'); // a Sunday
const dayMs = 86_400_000;

let world: RuleWorld;
beforeAll(async () => {
  world = await startRuleWorld(start);
});
beforeEach(() => {
  world.clock.set(start);
});
afterAll(async () => {
  const faults = await findLedgerFaults(world.owner);
  await world.stop();
  expect(faults).toEqual([]);
});

const weekly = { kind: 'recurring', amount: eur(1_000), every: 'week', day: 1 } as const;

function noticesFor({ as }: Saver) {
  return world.told.filter(({ userId }) => userId === as.userId);
}

async function movementsOf({ as, path }: Saver) {
  return (await world.client.listMovements({ as, path, query: { limit: 100 } }).expect(200)).body.items;
}

/** Tells transactions and waits until rules have done what they do. */
async function tell({ as }: Saver, ...transactions: ReturnType<typeof posted>[]) {
  await tellPosted(world, as, ...transactions);
  await world.settle();
}

describe('the calendar', () => {
  test('moves the sum on its day, not before, from the wallet, and the movement names the rule', async () => {
    const saver = await createSaver(world);
    const rule = await createRule(world, saver, { ...weekly, timeZone: 'America/Los_Angeles' });

    world.clock.set(new Date('2026-11-23T07:59:59Z'));
    await world.tick();
    expect(await runsOf(world, saver)).toEqual([]);
    world.clock.set(new Date('2026-11-23T08:00:00Z'));
    await world.tick();

    const [movement] = await movementsOf(saver);
    expect(movement).toMatchObject({
      kind: 'contribution',
      amount: eur(1_000),
      source: { type: 'rule', ruleId: rule.id },
      memberId: saver.as.userId,
    });
    expect(await runsOf(world, saver)).toEqual([
      {
        id: expect.any(String) as unknown,
        ruleId: rule.id,
        pocketId: saver.path.pocketId,
        kind: 'recurring',
        status: 'booked',
        code: null,
        limit: null,
        occurredOn: '2026-11-23',
        transactionId: null,
        transaction: null,
        amount: eur(1_000),
        parts: [{ ...saver.path, amount: eur(1_000), movementId: movement?.id }],
        doneAt: '2026-11-23T08:00:00.000Z',
      },
    ]);
    expect(await walletOf(world, saver.as)).toEqual([99_000, 99_000, 0]);
    const { body } = await world.client.getRule({ as: saver.as, path: { ...saver.path, ruleId: rule.id } }).expect(200);
    expect(body.nextRunOn).toBe('2026-11-30');
  });

  test('makes up for the days that were missed, each once, however many look at it at once', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { ...weekly, every: 'month', day: 31 });
    const second = await world.startWorker();

    world.clock.set(new Date('2027-03-31T12:00:00Z'));
    await Promise.all(Array.from({ length: 5 }, () => world.tick()));
    await second.stop();

    const runs = await runsOf(world, saver);
    expect(runs.map(({ occurredOn }) => occurredOn)).toEqual([
      '2027-03-31',
      '2027-02-28',
      '2027-01-31',
      '2026-12-31',
      '2026-11-30',
    ]);
    expect(await balanceOf(world, saver)).toBe(5_000);
  });

  test('goes on after years in which nobody looked', async () => {
    const saver = await createSaver(world, { wallet: 1_000_000 });
    await createRule(world, saver, weekly);

    world.clock.set(new Date('2028-11-22T09:30:00Z'));
    await world.tick();

    await waitFor('all the runs', async () => (await balanceOf(world, saver)) >= 105_000);
    expect(await balanceOf(world, saver)).toBe(105_000);
  });

  test('passes over what falls into a pause', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { ...weekly, pausedUntil: '2026-12-07T00:00:00Z' });

    world.clock.set(new Date('2026-12-08T00:00:00Z'));
    await world.tick();

    const days = (await runsOf(world, saver)).map(({ occurredOn }) => occurredOn);
    expect(days).toEqual(['2026-12-07']);
  });

  test('does not bring back a day that has run, when the calendar is changed to it again', async () => {
    const saver = await createSaver(world);
    const rule = await createRule(world, saver, weekly);
    const path = { ...saver.path, ruleId: rule.id };
    world.clock.set(new Date('2026-11-23T12:00:00Z'));
    await world.tick();

    await world.client.updateRule({ as: saver.as, path, body: { day: 2 } }).expect(200);
    await world.client.updateRule({ as: saver.as, path, body: { day: 1 } }).expect(200);
    await world.tick();

    expect(await outcomesOf(world, saver)).toEqual([1_000]);
  });

  test('runs no rule that was deleted', async () => {
    const saver = await createSaver(world);
    const rule = await createRule(world, saver, weekly);
    await world.client.deleteRule({ as: saver.as, path: { ...saver.path, ruleId: rule.id } }).expect(204);

    world.clock.advance(30 * dayMs);
    await world.tick();

    expect(await runsOf(world, saver)).toEqual([]);
  });
});

describe('a transaction', () => {
  test('is rounded up once: told again, many times at once, and under its two ids', async () => {
    const saver = await createSaver(world);
    const rule = await createRule(world, saver, { kind: 'round_up', multiplier: 2 });
    const pendingId = randomUUID();
    const news = posted(world, -360, { pendingId });

    await Promise.all(Array.from({ length: 10 }, () => tellPosted(world, saver.as, news, news)));
    await world.settle();
    await tell(saver, { ...news, pendingId: null });
    await tell(saver, { ...news, id: randomUUID() });
    await tell(saver, { ...news, id: pendingId, pendingId: null });

    const [movement, ...more] = await movementsOf(saver);
    expect(more).toEqual([]);
    expect(movement).toMatchObject({
      amount: eur(80),
      source: { type: 'rule', ruleId: rule.id, transactionId: news.id },
    });
    const of = async (transactionId: string) =>
      (await world.client.listRuleRuns({ as: saver.as, query: { transactionId } }).expect(200)).body.items;
    const [run] = await of(news.id);
    expect(run).toMatchObject({ ruleId: rule.id, transaction: eur(360), parts: [{ movementId: movement?.id }] });
    expect(await of(pendingId)).toEqual([run]);
    expect(await of(randomUUID())).toEqual([]);
  });

  test('counts for every rule that waits for it, in as many pockets', async () => {
    const saver = await createSaver(world);
    const second = { as: saver.as, path: { pocketId: (await createPocket(world, saver.as)).id } };
    await createRule(world, saver, { kind: 'round_up' });
    await createRule(world, saver, { kind: 'round_up', toMinor: 1_000 });
    await createRule(world, second, { kind: 'round_up', toMinor: 500 });

    await tell(saver, posted(world, -1_210));

    expect(await balanceOf(world, saver)).toBe(90 + 790);
    expect(await balanceOf(world, second)).toBe(290);
  });

  test.each([
    ['a possible duplicate', { possibleDuplicate: true }],
    ['another account', { accountId: randomUUID() }],
    ['another currency', { amount: { amountMinor: -360, currency: 'USD' } }],
    ['another kind', { kind: 'income' as const }],
    ['a time before the rule', { bookedOn: '2026-11-21' }],
    ['nothing at all', { amount: eur(0) }],
  ])('of %s starts nothing', async (_name, news) => {
    const saver = await createSaver(world);
    const { accountId } = await linkBankAccount(world, saver.as);
    await createRule(world, saver, { kind: 'round_up', accountIds: [accountId] });

    await tell(saver, posted(world, -360, { accountId, ...news }));
    expect(await runsOf(world, saver)).toEqual([]);

    await tell(saver, posted(world, -360, { accountId }));
    expect(await outcomesOf(world, saver)).toEqual([40]);
  });

  test('that seemed a duplicate counts when it turned out to be none', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'round_up' });
    const news = posted(world, -360);

    await tell(saver, { ...news, possibleDuplicate: true });
    await tell(saver, { ...news, possibleDuplicate: false });

    expect(await outcomesOf(world, saver)).toEqual([40]);
  });

  test('that cannot be rounded is noted, and nobody is bothered', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'round_up' });

    await tell(saver, posted(world, -500));

    expect(await outcomesOf(world, saver)).toEqual(['nothing_to_save']);
    expect(noticesFor(saver)).toEqual([]);
  });

  test('of a paused rule passes', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'round_up', pausedUntil: '2026-12-01T00:00:00Z' });

    await tell(saver, posted(world, -360));
    world.clock.set(new Date('2026-12-01T00:00:00Z'));
    await tell(saver, posted(world, -470));

    expect(await outcomesOf(world, saver)).toEqual([30]);
  });

  test('of somebody else, or of nobody, moves nothing of mine', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'round_up' });

    await tellPosted(world, { userId: randomUUID() }, posted(world, -360));
    await world.settle();

    expect(await runsOf(world, saver)).toEqual([]);
    const { body } = await world.client
      .listRuleRuns({ as: { userId: randomUUID() }, query: { ruleId: (await createRule(world, saver, weekly)).id } })
      .expect(200);
    expect(body.items).toEqual([]);
  });

  test('is told by a service alone', async () => {
    const saver = await createSaver(world);
    const body = { transactions: [posted(world, -360)] };

    await world.client.tellBankTransactions({ as: saver.as, path: saver.as, body }).expect(403);
  });
});

describe('income', () => {
  test('of an account that was named in capital letters counts', async () => {
    const saver = await createSaver(world);
    const { accountId } = await linkBankAccount(world, saver.as);
    const accountIds = [accountId.toUpperCase()];
    await createRule(world, saver, { kind: 'percent_of_income', percent: 10, accountIds });

    await tell(saver, posted(world, 500, { accountId }));

    expect(await outcomesOf(world, saver)).toEqual([50]);
  });

  test('gives its percentage, rounded down', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'percent_of_income', percent: 7 });

    await tell(saver, posted(world, 12_345), posted(world, -360));

    expect(await outcomesOf(world, saver)).toEqual([864]);
  });

  test('is split exactly, in one go, and each pocket lists it', async () => {
    const saver = await createSaver(world);
    const others = [await createPocket(world, saver.as), await createPocket(world, saver.as)];
    const pockets = [saver.path.pocketId, ...others.map(({ id }) => id)];
    const parts = pockets.map((pocketId) => ({ pocketId, percent: 33 }));
    await createRule(world, saver, { kind: 'split', parts });

    await tell(saver, posted(world, 10_001));

    const [run] = await runsOf(world, saver);
    expect(run?.amount).toEqual(eur(9_900)); // 99 % of it, rounded down
    expect(run?.parts.map(({ amount }) => amount.amountMinor)).toEqual([3_300, 3_300, 3_300]);
    for (const pocketId of pockets) {
      const place = { as: saver.as, path: { pocketId } };
      expect(await runsOf(world, place)).toEqual([run]);
      expect(await movementsOf(place)).toHaveLength(1);
    }
  });

  test('is split to all or to none', async () => {
    const saver = await createSaver(world);
    const { pocketId } = saver.path;
    const other = await createPocket(world, saver.as);
    const parts = [{ pocketId, percent: 50 }, { pocketId: other.id, percent: 50 }]; // prettier-ignore
    const rule = await createRule(world, saver, { kind: 'split', parts });
    const closing = { as: saver.as, path: { pocketId: other.id }, headers: withKey(), body: {} };
    await world.client.closePocket(closing).expect(200);

    await tell(saver, posted(world, 10_000));

    expect(await outcomesOf(world, saver)).toEqual(['pocket_closed']);
    expect(await balanceOf(world, saver)).toBe(0);
    expect(noticesFor(saver)).toMatchObject([{ kind: 'rule_skipped', subject: { type: 'rule', id: rule.id } }]);
  });

  test('fills one pocket after another up to its target', async () => {
    const saver = await createSaver(world, { target: eur(1_500) });
    const second = await createPocket(world, saver.as, { target: eur(1_000) });
    await createRule(world, saver, { kind: 'waterfall', pocketIds: [saver.path.pocketId, second.id], percent: 10 });

    for (const amount of [10_000, 10_000, 10_000, 10_000]) await tell(saver, posted(world, amount));

    expect(await outcomesOf(world, saver)).toEqual([1_000, 1_000, 500, 'nothing_to_save']);
    expect(await balanceOf(world, saver)).toBe(1_500);
    expect(await balanceOf(world, { as: saver.as, path: { pocketId: second.id } })).toBe(1_000);
  });

  test('goes to the rule of the higher priority while the money lasts', async () => {
    const saver = await createSaver(world, { wallet: 1_500 });
    const late = await createRule(world, saver, { kind: 'percent_of_income', percent: 10, priority: 90 });
    const early = await createRule(world, saver, { kind: 'percent_of_income', percent: 10, priority: 10 });

    await tell(saver, posted(world, 10_000));

    const runs = await runsOf(world, saver);
    expect(new Map(runs.map(({ ruleId, code }) => [ruleId, code]))).toEqual(
      new Map([
        [early.id, null],
        [late.id, 'insufficient_funds'],
      ]),
    );
  });
});

describe('a surplus', () => {
  const monthly = { kind: 'surplus', above: eur(60_000), day: 30 } as const;

  test('of a bank account moves what is above', async () => {
    const saver = await createSaver(world);
    world.clock.set(new Date('2026-11-29T12:00:00Z'));
    const { accountId } = await linkBankAccount(world, saver.as, { balanceMinor: 72_500 });
    await createRule(world, saver, { ...monthly, accountId });

    world.clock.set(new Date('2026-11-30T12:00:00Z'));
    await world.tick();

    expect(await outcomesOf(world, saver)).toEqual([12_500]);
  });

  test('of the wallet leaves what withdrawals have reserved', async () => {
    const saver = await createSaver(world);
    await startTransfer(world, 'createWalletWithdrawal', saver.as, 10_000);
    await createRule(world, saver, monthly);

    world.clock.set(new Date('2026-11-30T12:00:00Z'));
    await world.tick();

    expect(await outcomesOf(world, saver)).toEqual([30_000]);
  });

  test('is not guessed from a balance that is too old', async () => {
    const saver = await createSaver(world);
    const { accountId } = await linkBankAccount(world, saver.as);
    await createRule(world, saver, { ...monthly, accountId });

    world.clock.set(new Date('2026-11-30T12:00:00Z'));
    await world.tick();

    expect(await outcomesOf(world, saver)).toEqual(['balance_unknown']);
    expect(noticesFor(saver)).toHaveLength(1);
  });

  test('is not guessed from what a card lends', async () => {
    const saver = await createSaver(world);
    world.clock.set(new Date('2026-11-29T12:00:00Z'));
    const { accountId } = await linkBankAccount(world, saver.as, { balanceMinor: 72_500 });
    await createRule(world, saver, { ...monthly, accountId });
    await world.owner.query(`update bank_account set kind = 'card' where id = $1`, [accountId]);

    world.clock.set(new Date('2026-11-30T12:00:00Z'));
    await world.tick();

    expect(await outcomesOf(world, saver)).toEqual(['balance_unknown']);
  });

  test('that is none saves nothing', async () => {
    const saver = await createSaver(world, { wallet: 60_000 });
    await createRule(world, saver, monthly);

    world.clock.set(new Date('2026-11-30T12:00:00Z'));
    await world.tick();

    expect(await outcomesOf(world, saver)).toEqual(['nothing_to_save']);
  });
});

describe('a skipped run', () => {
  test('tells the person once a day why, and is not made up for later', async () => {
    const saver = await createSaver(world, { wallet: 50 });
    const rule = await createRule(world, saver, { kind: 'round_up' });

    await tell(saver, posted(world, -340), posted(world, -330), posted(world, -360));

    expect(await outcomesOf(world, saver)).toEqual(['insufficient_funds', 'insufficient_funds', 40]);
    expect(noticesFor(saver)).toEqual([
      {
        userId: saver.as.userId,
        noticeId: expect.any(String) as unknown,
        kind: 'rule_skipped',
        subject: { type: 'rule', id: rule.id },
      },
    ]);
    world.clock.advance(dayMs);
    await tell(saver, posted(world, -340));
    expect(noticesFor(saver)).toHaveLength(2);
  });

  test.each([
    ['maxPerRun', { maxPerRun: eur(50) }, [40, 'cap_reached', 40]],
    ['maxPerPeriod', { maxPerPeriod: { amount: eur(110), period: 'day' as const } }, [40, 60, 'cap_reached']],
  ])('is what goes beyond %s', async (limit, caps, outcomes) => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'round_up', caps });

    await tell(saver, posted(world, -360), posted(world, -340), posted(world, -360));

    expect(await outcomesOf(world, saver)).toEqual(outcomes);
    const skipped = (await runsOf(world, saver)).filter(({ status }) => status === 'skipped');
    expect(skipped).toMatchObject([{ limit }]);
    expect(noticesFor(saver)).toHaveLength(1);
  });

  test.each([
    ['day', '2026-11-23T00:00:00Z', '2026-11-22T23:59:59Z'],
    ['week', '2026-11-23T00:00:00Z', '2026-11-22T23:59:59Z'],
    ['month', '2026-12-01T00:00:00Z', '2026-11-30T23:59:59Z'],
  ] as const)('is no more when a new %s has begun', async (period, fresh, before) => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'round_up', caps: { maxPerPeriod: { amount: eur(50), period } } });

    for (const moment of [start.toISOString(), before, fresh]) {
      world.clock.set(new Date(moment));
      await tell(saver, posted(world, -360));
    }

    expect(await outcomesOf(world, saver)).toEqual([40, 'cap_reached', 40]);
  });

  test('is what would leave too little in the wallet', async () => {
    const saver = await createSaver(world, { wallet: 1_075 });
    await createRule(world, saver, { kind: 'round_up', caps: { minRemaining: { amount: eur(1_000) } } });

    await tell(saver, posted(world, -360), posted(world, -360), posted(world, -365));

    expect(await outcomesOf(world, saver)).toEqual([40, 'min_remaining', 35]);
  });

  test('is what comes while a bank account has too little, or nobody knows how much', async () => {
    const saver = await createSaver(world);
    const { accountId } = await linkBankAccount(world, saver.as, { balanceMinor: 1_000 });
    const rule = await createRule(world, saver, {
      kind: 'round_up',
      caps: { minRemaining: { amount: eur(1_001), accountId } },
    });

    await tell(saver, posted(world, -360));
    const caps = { minRemaining: { amount: eur(1_000), accountId } };
    await world.client
      .updateRule({ as: saver.as, path: { ...saver.path, ruleId: rule.id }, body: { caps } })
      .expect(200);
    await tell(saver, posted(world, -360));
    world.clock.advance(3 * dayMs);
    await tell(saver, posted(world, -360));

    expect(await outcomesOf(world, saver)).toEqual(['min_remaining', 40, 'balance_unknown']);
  });
});
