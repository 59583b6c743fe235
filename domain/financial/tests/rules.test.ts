import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, linkBankAccount, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { createRule, createSaver, tryRule } from './rule-world.ts';
import type { NewRule, Saver } from './rule-world.ts';
import { readState } from './database-state.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z')); // a Sunday
});
afterAll(() => app.stop());

const weekly = { kind: 'recurring', amount: eur(1_000), every: 'week', day: 1 } as const;

async function list({ as, path }: Saver) {
  return (await app.client.listRules({ as, path }).expect(200)).body.items;
}

describe('a new rule', () => {
  test('is shown with the day of its next run, and listed in the order in which rules run', async () => {
    const saver = await createSaver(app);

    const late = await createRule(app, saver, { ...weekly, timeZone: 'Europe/Berlin', priority: 60 });
    const early = await createRule(app, saver, { kind: 'round_up', multiplier: 2, caps: { maxPerRun: eur(500) } });

    expect(late).toMatchObject({
      ...weekly,
      status: 'active',
      nextRunOn: '2026-11-23',
      pausedUntil: null,
      priority: 60,
    });
    expect(early).toMatchObject({ kind: 'round_up', multiplier: 2, toMinor: 100, nextRunOn: null, priority: 50 });
    expect(await list(saver)).toEqual([early, late]);
    const { body } = await app.client.getRule({ as: saver.as, path: { ...saver.path, ruleId: early.id } }).expect(200);
    expect(body).toEqual(early);
  });

  test.each([
    ['the last day of a short month', { every: 'month', day: 31 }, '2026-11-30'],
    ['a day of next month', { every: 'month', day: 1 }, '2026-12-01'],
    ['next week, on a day that is today', { every: 'week', day: 7 }, '2026-11-29'],
    ['today, when it may start today', { every: 'week', day: 7, startsOn: '2026-11-22' }, '2026-11-22'],
    ['its first day on or after the start', { every: 'fortnight', day: 3, startsOn: '2027-01-01' }, '2027-01-06'],
    [
      'tomorrow where it is tomorrow already',
      { every: 'month', day: 24, timeZone: 'Pacific/Kiritimati' },
      '2026-11-24',
    ],
  ] as const)('runs on %s', async (_name, calendar, day) => {
    const rule = await createRule(app, await createSaver(app), { kind: 'recurring', amount: eur(1), ...calendar });

    expect(rule.nextRunOn).toBe(day);
  });

  test('is made once for a key', async () => {
    const { as, path } = await createSaver(app);
    const request = { as, path, headers: withKey(), body: weekly };

    const first = await app.client.createRule(request).expect(201);
    const again = await app.client.createRule(request).expect(201);

    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await list({ as, path })).toHaveLength(1);
    await app.client.createRule({ ...request, body: { ...weekly, day: 2 } }).expect(422);
  });

  test('is one of twenty at most, however many ask at once', async () => {
    const saver = await createSaver(app);
    const attempts = await Promise.all(
      Array.from({ length: 25 }, () => app.client.createRule({ ...saver, body: weekly })),
    );

    expect(attempts.filter(({ status }) => status === 201)).toHaveLength(20);
    const others = attempts.filter(({ status }) => status !== 201);
    for (const other of others) expect(other).toMatchObject({ status: 409, body: { code: 'too_many_rules' } });
  });
});

describe('a rule is refused', () => {
  test.each([
    ['a sum in another currency', { ...weekly, amount: { amountMinor: 100, currency: 'USD' } }, 'currency_mismatch'],
    [
      'a cap in another currency',
      { ...weekly, caps: { maxPerRun: { amountMinor: 1, currency: 'USD' } } },
      'currency_mismatch',
    ],
    ['a weekday that no week has', { ...weekly, day: 8 }, 'rule_setting_unfit'],
    ['a time zone that nobody knows', { ...weekly, timeZone: 'Mars/Olympus' }, 'time_zone_unknown'],
    ['an offset in the place of a time zone', { ...weekly, timeZone: 'Foo5' }, 'time_zone_unknown'],
    ['a start that has passed', { ...weekly, startsOn: '2026-11-21' }, 'starts_on_passed'],
    ['a pause for more than 100 years', { ...weekly, pausedUntil: '2126-11-24T00:00:00Z' }, 'rule_setting_unfit'],
    ['a start in more than 100 years', { ...weekly, startsOn: '2126-11-23' }, 'rule_setting_unfit'],
  ] as const)('for %s', async (_name, body, code) => {
    const { body: problem } = await app.client.createRule({ ...(await createSaver(app)), body }).expect(422);

    expect(problem).toMatchObject({ code });
  });

  test.each([
    ['no sum', { kind: 'recurring', every: 'week', day: 1 }],
    ['a setting of another kind', { kind: 'round_up', percent: 10 }],
    ['more than the whole', { kind: 'percent_of_income', percent: 101 }],
    ['a fraction', { kind: 'percent_of_income', percent: 1.5 }],
    ['no kind', {}],
    ['a date that no month has', { ...weekly, startsOn: '2027-02-30' }],
  ])('for %s', async (_name, body) => {
    const refused = await app.client
      .createRule({ ...(await createSaver(app)), body: body as typeof weekly })
      .expect(400);

    expect(refused.body).toMatchObject({ code: 'invalid_request' });
  });

  test('for what belongs to somebody else, as for what is not there', async () => {
    const saver = await createSaver(app);
    const foreign = await createSaver(app);
    const { accountId } = await linkBankAccount(app, foreign.as);
    const bodies: NewRule[] = [
      {
        kind: 'split',
        parts: [
          { ...saver.path, percent: 10 },
          { ...foreign.path, percent: 10 },
        ],
      },
      {
        kind: 'split',
        parts: [
          { ...saver.path, percent: 10 },
          { pocketId: randomUUID(), percent: 10 },
        ],
      },
      { kind: 'waterfall', pocketIds: [saver.path.pocketId, foreign.path.pocketId] },
      { kind: 'round_up', accountIds: [accountId] },
      { kind: 'round_up', accountIds: [randomUUID()] },
      { kind: 'surplus', above: eur(0), accountId, day: 1 },
      { ...weekly, caps: { minRemaining: { amount: eur(0), accountId } } },
    ];

    for (const body of bodies) {
      const { body: problem } = await app.client.createRule({ ...saver, body }).expect(404);
      expect(problem).toMatchObject({ code: 'not_found' });
    }
    await app.client.createRule({ as: foreign.as, path: saver.path, body: weekly }).expect(404);
    await app.client.listRules({ as: foreign.as, path: saver.path }).expect(404);
    await app.client.listPocketRuleRuns({ as: foreign.as, path: saver.path }).expect(404);
    expect(await list(saver)).toEqual([]);
  });

  test('for pockets and bank accounts of another currency', async () => {
    const saver = await createSaver(app);
    const yen = await createPocket(app, saver.as, { currency: 'JPY' });
    const { accountId } = await linkBankAccount(app, saver.as, { currency: 'JPY' });
    const bodies: NewRule[] = [
      { kind: 'waterfall', pocketIds: [saver.path.pocketId, yen.id] },
      { kind: 'round_up', accountIds: [accountId] },
    ];

    for (const body of bodies) {
      const { body: problem } = await app.client.createRule({ ...saver, body }).expect(422);
      expect(problem).toMatchObject({ code: 'fx_not_supported' });
    }
  });

  test.each(['card', 'loan'] as const)('for what a %s holds, but not for what is paid by it', async (kind) => {
    const saver = await createSaver(app);
    const { accountId } = await linkBankAccount(app, saver.as, { kind });
    const minRemaining = { amount: eur(0), accountId };
    const rule = await createRule(app, saver, { kind: 'round_up', accountIds: [accountId] });
    const path = { ...saver.path, ruleId: rule.id };

    const refused = [
      await app.client.createRule({ ...saver, body: { kind: 'surplus', above: eur(0), accountId, day: 1 } }),
      await app.client.createRule({ ...saver, body: { ...weekly, caps: { minRemaining } } }),
      await app.client.updateRule({ as: saver.as, path, body: { caps: { minRemaining } } }),
    ];

    const problem = { code: 'rule_setting_unfit', detail: 'A card or a loan holds no money.' };
    for (const answer of refused) expect(answer).toMatchObject({ status: 422, body: problem });
  });

  test('for a split of more than the whole, of a pocket named twice, or of other pockets alone', async () => {
    const saver = await createSaver(app);
    const { pocketId } = saver.path;
    const { id: other } = await createPocket(app, saver.as);
    const ask = (...parts: { pocketId: string; percent: number }[]) =>
      app.client.createRule({ ...saver, body: { kind: 'split', parts } });

    const codes = [
      await ask({ pocketId, percent: 60 }, { pocketId: other, percent: 41 }).expect(422),
      await ask({ pocketId, percent: 10 }, { pocketId, percent: 10 }).expect(422),
      await ask({ pocketId, percent: 10 }, { pocketId: pocketId.toUpperCase(), percent: 10 }).expect(422),
      await ask({ pocketId: other, percent: 10 }).expect(422),
    ].map(({ body }) => (body as { code?: string }).code);

    expect(codes).toEqual(['rule_percent_exceeded', 'rule_setting_unfit', 'rule_setting_unfit', 'rule_setting_unfit']);
    await ask({ pocketId, percent: 60 }, { pocketId: other, percent: 40 }).expect(201);
  });

  test('for a pocket that is closed', async () => {
    const { as, path } = await createSaver(app);
    await app.client.closePocket({ as, path, headers: withKey(), body: {} }).expect(200);

    const { body } = await app.client.createRule({ as, path, body: weekly }).expect(409);

    expect(body).toMatchObject({ code: 'pocket_closed' });
  });
});

describe('a change', () => {
  test('touches what it names, under a new version', async () => {
    const saver = await createSaver(app);
    const rule = await createRule(app, saver, { ...weekly, caps: { maxPerRun: eur(2_000) } });
    const request = { as: saver.as, path: { ...saver.path, ruleId: rule.id } };
    const { headers } = await app.client.getRule(request).expect(200);
    const ifMatch = { 'If-Match': headers['etag'] ?? '' };

    const { body } = await app.client
      .updateRule({ ...request, headers: ifMatch, body: { amount: eur(1_500), every: 'month', day: 30, caps: {} } })
      .expect(200);

    expect(body).toEqual({ ...rule, amount: eur(1_500), every: 'month', day: 30, caps: {}, nextRunOn: '2026-11-30' });
    await app.client.updateRule({ ...request, headers: ifMatch, body: { day: 1 } }).expect(412);
    expect(await list(saver)).toEqual([body]);
  });

  test('of two on the same version is made once', async () => {
    const saver = await createSaver(app);
    const rule = await createRule(app, saver, weekly);
    const request = { as: saver.as, path: { ...saver.path, ruleId: rule.id } };
    const { headers } = await app.client.getRule(request).expect(200);

    const answers = await Promise.all(
      [1, 2, 3, 4].map((day) =>
        app.client.updateRule({ ...request, headers: { 'If-Match': headers['etag'] ?? '' }, body: { day } }),
      ),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  test('pauses, and resumes', async () => {
    const saver = await createSaver(app);
    const rule = await createRule(app, saver, weekly);
    const request = { as: saver.as, path: { ...saver.path, ruleId: rule.id } };

    const paused = await app.client
      .updateRule({ ...request, body: { pausedUntil: '2027-01-01T00:00:00Z' } })
      .expect(200);
    const resumed = await app.client.updateRule({ ...request, body: { pausedUntil: null } }).expect(200);

    expect(paused.body).toMatchObject({ status: 'paused', pausedUntil: '2027-01-01T00:00:00.000Z' });
    expect(resumed.body).toMatchObject({ status: 'active', pausedUntil: null });
    expect(resumed.headers['etag']).not.toBe(paused.headers['etag']);
  });

  test('takes accounts away again', async () => {
    const saver = await createSaver(app);
    const { accountId } = await linkBankAccount(app, saver.as);
    const rule = await createRule(app, saver, { kind: 'round_up', accountIds: [accountId] });
    const request = { as: saver.as, path: { ...saver.path, ruleId: rule.id } };

    const { body } = await app.client.updateRule({ ...request, body: { accountIds: null } }).expect(200);

    expect(rule).toHaveProperty('accountIds', [accountId]);
    expect(body).not.toHaveProperty('accountIds');
  });

  test.each([
    [{ percent: 10 }, 422, 'rule_setting_unfit'],
    [{ day: 8 }, 422, 'rule_setting_unfit'],
    [{ amount: { amountMinor: 1, currency: 'JPY' } }, 422, 'currency_mismatch'],
    [{ timeZone: 'Mars/Olympus' }, 422, 'time_zone_unknown'],
    [{ pausedUntil: '2126-11-24T00:00:00Z' }, 422, 'rule_setting_unfit'],
    [{ caps: { minRemaining: { amount: eur(1), accountId: randomUUID() } } }, 404, 'not_found'],
    [{}, 400, 'invalid_request'],
    [{ kind: 'round_up' }, 400, 'invalid_request'],
  ])('to %j is refused', async (body, status, code) => {
    const saver = await createSaver(app);
    const rule = await createRule(app, saver, weekly);

    const path = { ...saver.path, ruleId: rule.id };
    const refused = await app.client.updateRule({ as: saver.as, path, body: body as { day: number } });

    expect(refused).toMatchObject({ status, body: { code } });
    expect(await list(saver)).toEqual([rule]);
  });

  test('of another’s rule, or under another pocket, finds nothing', async () => {
    const saver = await createSaver(app);
    const rule = await createRule(app, saver, weekly);
    const other = await createPocket(app, saver.as);
    const requests = [
      { as: await createPerson(app), path: { ...saver.path, ruleId: rule.id } },
      { as: saver.as, path: { pocketId: other.id, ruleId: rule.id } },
      { as: saver.as, path: { ...saver.path, ruleId: randomUUID() } },
    ];

    for (const request of requests) {
      await app.client.getRule(request).expect(404);
      await app.client.updateRule({ ...request, body: { day: 2 } }).expect(404);
      await app.client.deleteRule(request).expect(404);
    }
    expect(await list(saver)).toEqual([rule]);
  });
});

test('a rule that is deleted is gone, once', async () => {
  const saver = await createSaver(app);
  const rule = await createRule(app, saver, weekly);
  const request = { as: saver.as, path: { ...saver.path, ruleId: rule.id } };

  await app.client.deleteRule(request).expect(204);

  expect(await list(saver)).toEqual([]);
  await app.client.getRule(request).expect(404);
  await app.client.updateRule({ ...request, body: { day: 2 } }).expect(404);
  await app.client.deleteRule(request).expect(404);
});

describe('a dry run', () => {
  test('gives the next three runs with days and sums, and writes nothing', async () => {
    const saver = await createSaver(app, { wallet: 2_500 });
    const before = await readState(app);

    const runs = await tryRule(app, saver, { ...weekly, every: 'month', day: 31 });

    const parts = [{ ...saver.path, amount: eur(1_000) }];
    const booked = { transaction: null, status: 'booked', code: null, limit: null, amount: eur(1_000), parts };
    expect(runs).toEqual([
      { ...booked, on: '2026-11-30' },
      { ...booked, on: '2026-12-31' },
      { ...booked, on: '2027-01-31', status: 'skipped', code: 'insufficient_funds', parts: [] },
    ]);
    expect(await readState(app)).toEqual(before);
  });

  test('begins behind a pause', async () => {
    const pausedUntil = '2026-12-14T00:00:00Z';
    const runs = await tryRule(app, await createSaver(app), { ...weekly, pausedUntil });

    expect(runs.map(({ on }) => on)).toEqual(['2026-12-14', '2026-12-21', '2026-12-28']);
  });

  test('names the cap that would stand in the way', async () => {
    const caps = { maxPerPeriod: { amount: eur(1_500), period: 'month' } } as const;
    const runs = await tryRule(app, await createSaver(app), { ...weekly, caps });

    expect(runs.map(({ on, code, limit }) => [on, code, limit])).toEqual([
      ['2026-11-23', null, null],
      ['2026-11-30', 'cap_reached', 'maxPerPeriod'],
      ['2026-12-07', null, null],
    ]);
  });

  test('shows on examples what transactions would bring', async () => {
    const saver = await createSaver(app);
    const yen = await createSaver(app, { currency: 'JPY' });

    const spent = await tryRule(app, saver, { kind: 'round_up', multiplier: 3 });
    const inYen = await tryRule(app, yen, { kind: 'round_up' });
    const earned = await tryRule(app, saver, { kind: 'percent_of_income', percent: 7 });

    expect(spent.map(({ on, transaction, amount }) => [on, transaction?.amountMinor, amount?.amountMinor])).toEqual([
      [null, 360, 120],
      [null, 1_225, 225],
      [null, 790, 30],
    ]);
    expect(inYen.map(({ amount }) => amount?.amountMinor)).toEqual([40, 75, 10]);
    expect(earned.map(({ amount }) => amount?.amountMinor)).toEqual([14_000, 8_750, 2_450]);
  });

  test('fills a waterfall as the runs would, one after another', async () => {
    const saver = await createSaver(app, { wallet: 1_000_000, target: eur(250_000) });
    const { id: second } = await createPocket(app, saver.as, { target: eur(100_000) });
    const { id: rest } = await createPocket(app, saver.as);
    const { pocketId: first } = saver.path;

    const runs = await tryRule(app, saver, { kind: 'waterfall', pocketIds: [first, second, rest] });

    expect(runs.map(({ parts }) => parts.map(({ pocketId, amount }) => [pocketId, amount.amountMinor]))).toEqual([
      [[first, 200_000]],
      [[first, 50_000], [second, 75_000]],
      [[second, 25_000], [rest, 10_000]],
    ]); // prettier-ignore
  });

  test('is refused as the rule would be', async () => {
    const saver = await createSaver(app);
    const body = { ...weekly, accountId: randomUUID(), kind: 'surplus', above: eur(0) } as const;
    const { amount: _amount, every: _every, ...surplus } = body;

    await app.client.createRule({ ...saver, query: { dryRun: true }, body: surplus }).expect(404);
    await app.client
      .createRule({ as: await createPerson(app), path: saver.path, query: { dryRun: true }, body: weekly })
      .expect(404);
  });
});
