import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { join, put, take } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterEach(() =>
  app.process.query('select financial_jobs.complete_jobs(array(select id from financial_jobs._private_jobs))'),
);
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

async function pocketWithTarget(target: number, wallet = 10 * target) {
  const as = await createPerson(app, { wallet });
  return { as, path: { pocketId: (await createPocket(app, as, { target: eur(target) })).id } };
}

async function reached(as: Person, path: { pocketId: string }) {
  const { body } = await app.client.listMilestones({ as, path }).expect(200);
  return body.items.map(({ percent }) => percent);
}

/** Who waits to be told that a pocket reached a milestone, once for each notice. */
async function told({ pocketId }: { pocketId: string }): Promise<string[]> {
  const { rows } = await app.process.query<{ person: string; notice: string }>(
    `select payload ->> 'personId' as person, payload ->> 'noticeId' as notice from financial_jobs._private_jobs
     where payload ->> 'kind' = 'pocket_milestone' and payload -> 'subject' ->> 'id' = $1`,
    [pocketId],
  );
  expect(new Set(rows.map(({ notice }) => notice)).size).toBe(rows.length);
  return rows.map(({ person }) => person);
}

describe('milestones', () => {
  test('count each quarter once, up, down and up again', async () => {
    const { as, path } = await pocketWithTarget(100);

    await put(app, as, path, 24);
    expect(await reached(as, path)).toEqual([]);
    await put(app, as, path, 1);
    expect(await reached(as, path)).toEqual([25]);
    await put(app, as, path, 30);
    await take(app, as, path, 40).expect(201);
    await put(app, as, path, 85);

    expect(await reached(as, path)).toEqual([25, 50, 75, 100]);
    expect(await told(path)).toHaveLength(4);
  });

  test('keep when they were reached first', async () => {
    const { as, path } = await pocketWithTarget(100);
    const first = app.clock.now().toISOString();
    await put(app, as, path, 25);
    app.clock.advance(86_400_000);
    await take(app, as, path, 25).expect(201);
    await put(app, as, path, 25);

    const { body } = await app.client.listMilestones({ as, path }).expect(200);

    expect(body.items).toEqual([{ percent: 25, reachedAt: first }]);
  });

  test('are reached by opening money and by transfers too', async () => {
    const as = await createPerson(app, { wallet: 300 });
    const opened = await app.client
      .createPocket({
        as,
        headers: withKey(),
        body: { name: 'A', currency: 'EUR', target: eur(100), openingAmount: eur(50) },
      })
      .expect(201);
    const from = { pocketId: opened.body.id };
    const to = { pocketId: (await createPocket(app, as, { target: eur(40) })).id };

    await app.client
      .createPocketTransfer({ as, path: from, headers: withKey(), body: { amount: eur(20), toPocketId: to.pocketId } })
      .expect(201);

    expect(await reached(as, from)).toEqual([25, 50]);
    expect(await reached(as, to)).toEqual([25, 50]);
  });

  test('begin anew with another target, and not with the same one', async () => {
    const { as, path } = await pocketWithTarget(100);
    await put(app, as, path, 100);
    await app.client.updatePocket({ as, path, body: { target: eur(100), name: 'Same' } }).expect(200);
    expect(await reached(as, path)).toEqual([25, 50, 75, 100]);

    await app.client.updatePocket({ as, path, body: { target: eur(200) } }).expect(200);
    expect(await reached(as, path)).toEqual([]);
    await put(app, as, path, 100);

    expect(await reached(as, path)).toEqual([75, 100]);
    expect(await told(path)).toHaveLength(6);
  });

  test('are nothing to a pocket without a target', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };

    await put(app, as, path, 100);

    expect(await reached(as, path)).toEqual([]);
    expect(await told(path)).toEqual([]);
  });

  test('are told to every member and to nobody who left', async () => {
    const { as, path } = await pocketWithTarget(100);
    const stays = await join(app, as, path, { role: 'viewer' });
    const leaves = await join(app, as, path);
    await app.client.deletePocketMember({ as: leaves, path: { ...path, userId: leaves.userId } }).expect(200);

    await put(app, as, path, 30);

    expect((await told(path)).sort()).toEqual([as.userId, stays.userId].sort());
    expect(await reached(stays, path)).toEqual([25]);
    await app.client.listMilestones({ as: leaves, path }).expect(404);
    await app.client.listMilestones({ as: await createPerson(app), path }).expect(404);
  });

  test('are kept once, whoever crosses them at the same time', async () => {
    const { as, path } = await pocketWithTarget(160);
    const others = await Promise.all(Array.from({ length: 7 }, () => createPerson(app, { wallet: 100 })));
    for (const other of others) {
      const { body } = await app.client
        .createInvitation({ as, path, body: { userId: other.userId, role: 'contributor' } })
        .expect(201);
      await app.client.acceptInvitation({ as: other, path: { invitationId: body.id } }).expect(200);
    }

    await Promise.all([as, ...others].flatMap((person) => [put(app, person, path, 10), put(app, person, path, 10)]));
    await Promise.all([
      take(app, as, path, 30),
      put(app, as, path, 30),
      take(app, as, path, 30),
      put(app, as, path, 30),
    ]);

    expect(await reached(as, path)).toEqual([25, 50, 75, 100]);
    expect(await told(path)).toHaveLength(4 * 8);
  });
});
