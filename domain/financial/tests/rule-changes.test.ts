import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPocket, eur, linkBankAccount, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { createRule, createSaver, runsOf } from './rule-world.ts';
import type { NewRule, Saver } from './rule-world.ts';
import { join } from './shared-pocket.ts';

const start = new Date('2026-11-22T09:30:00Z'); // a Sunday

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(start);
});
beforeEach(() => {
  app.clock.set(start);
});
afterAll(() => app.stop());

type Change = Parameters<FinancialApp['client']['updateRule']>[0]['body'];

async function made(saver: Saver, body: NewRule) {
  const { id: ruleId } = await createRule(app, saver, body);
  return (change: Change) => app.client.updateRule({ as: saver.as, path: { ...saver.path, ruleId }, body: change });
}

describe('the day of the next run', () => {
  const fortnightly = { kind: 'recurring', amount: eur(1_000), every: 'fortnight', day: 1 } as const;
  const later = { ...fortnightly, startsOn: '2027-01-15', timeZone: 'Europe/Berlin' };

  test.each([
    ['another sum', { amount: eur(2_000) }],
    ['the calendar that it has', { amount: eur(2_000), every: 'fortnight', day: 1, timeZone: 'Europe/Berlin' }],
    ['another time zone', { timeZone: 'America/Los_Angeles' }],
  ] as const)('stays with %s', async (_what, change) => {
    const update = await made(await createSaver(app), later);

    const { body } = await update(change).expect(200);

    expect(body).toMatchObject({ ...change, nextRunOn: '2027-01-18' });
  });

  test.each([
    [{ day: 2 }, '2026-11-24'],
    [{ every: 'week' }, '2026-11-23'],
    [{ every: 'month', day: 22 }, '2026-12-22'],
  ] as const)('is counted from tomorrow with %j', async (change, day) => {
    const update = await made(await createSaver(app), later);

    const { body } = await update(change).expect(200);

    expect(body).toMatchObject({ ...change, nextRunOn: day });
  });

  test('keeps the fortnights of a rule that has begun', async () => {
    const saver = await createSaver(app);
    const update = await made(saver, fortnightly);
    app.clock.set(new Date('2026-11-23T12:00:00Z'));
    await openDue();

    const { body } = await update({ every: 'fortnight', day: 1 }).expect(200);

    expect(body.nextRunOn).toBe('2026-12-07');
  });

  test('begins at midnight in the new time zone', async () => {
    const saver = await createSaver(app);
    const update = await made(saver, { ...fortnightly, timeZone: 'UTC' });
    await update({ timeZone: 'America/Los_Angeles' }).expect(200);

    app.clock.set(new Date('2026-11-23T07:59:59Z'));
    await openDue();
    const before = await runsOf(app, saver);
    app.clock.set(new Date('2026-11-23T08:00:00Z'));
    await openDue();

    expect(before).toEqual([]);
    expect(await runsOf(app, saver)).toMatchObject([{ occurredOn: '2026-11-23' }]);
  });

  async function openDue() {
    await app.process.query('select open_due_rules($1, $1, 100)', [app.clock.now()]);
  }
});

describe('when something that a rule names is gone', () => {
  const pause = { pausedUntil: '2027-01-01T00:00:00Z' };

  test('it is paused and changed in everything else', async () => {
    const saver = await createSaver(app);
    const other = await createPocket(app, saver.as);
    const parts = [{ ...saver.path, percent: 50 }, { pocketId: other.id, percent: 50 }]; // prettier-ignore
    const update = await made(saver, { kind: 'split', parts });
    await app.client
      .closePocket({ as: saver.as, path: { pocketId: other.id }, headers: withKey(), body: {} })
      .expect(200);

    const { body } = await update(pause).expect(200);
    const { body: refused } = await update({ parts }).expect(409);
    const { body: changed } = await update({ parts: [{ ...saver.path, percent: 50 }] }).expect(200);

    expect(body.status).toBe('paused');
    expect(refused).toMatchObject({ code: 'pocket_closed' });
    expect(changed.parts).toEqual([{ ...saver.path, percent: 50 }]);
  });

  test('a bank account is missed only where it is named', async () => {
    const saver = await createSaver(app);
    const { accountId, connectionId } = await linkBankAccount(app, saver.as);
    const minRemaining = { amount: eur(1), accountId };
    const update = await made(saver, { kind: 'round_up', accountIds: [accountId], caps: { minRemaining } });
    const as = { service: true } as const;
    const none = { connectionId, version: 2, accounts: [] };
    await app.flagship.putBankAccounts({ as, path: saver.as, body: none }).expect(204);

    const { body } = await update(pause).expect(200);
    const { body: missed } = await update({ caps: { minRemaining } }).expect(404);
    const { body: unknown } = await update({ accountIds: [randomUUID()] }).expect(404);
    await update({ caps: {} }).expect(200);
    await update({ accountIds: null }).expect(200);

    expect(body.status).toBe('paused');
    for (const problem of [missed, unknown])
      expect(problem).toMatchObject({ code: 'not_found', detail: 'There is no such bank account.' });
  });

  test('a member who only views by now pauses what they made', async () => {
    const owner = await createSaver(app);
    const as = await join(app, owner.as, owner.path);
    const update = await made({ as, path: owner.path }, { kind: 'round_up' });
    const path = { ...owner.path, userId: as.userId };
    await app.client.updatePocketMember({ as: owner.as, path, body: { role: 'viewer' } }).expect(200);

    const { body } = await update(pause).expect(200);

    expect(body.status).toBe('paused');
  });
});
