import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { sharedPocket } from './shared-pocket.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(() => app.stop());

test('adds up the open pockets by currency, with the person’s own share', async () => {
  const { one, path } = await sharedPocket(app, [100, 250]);
  app.clock.advance(1_000);
  const yen = await createPocket(app, one, { currency: 'JPY', target: { amountMinor: 10, currency: 'JPY' } });
  const closed = await createPocket(app, one);
  await app.client.closePocket({ as: one, path: { pocketId: closed.id }, headers: withKey(), body: {} }).expect(200);

  const { body } = await app.client.getPocketsScreen({ as: one }).expect(200);

  expect(body.totals.items).toEqual([
    { pocketCount: 1, balance: eur(350), share: eur(250) },
    { pocketCount: 1, balance: { amountMinor: 0, currency: 'JPY' }, share: { amountMinor: 0, currency: 'JPY' } },
  ]);
  const { body: shared } = await app.client.getPocket({ as: one, path }).expect(200);
  expect(body.pockets).toEqual({ items: [yen, shared], total: 2 });
  expect(body.invitations.items).toEqual([]);
});

test('has the invitations that may still be accepted', async () => {
  const owner = await createPerson(app);
  const as = await createPerson(app);
  const pocket = await createPocket(app, owner);
  const invite = { as: owner, path: { pocketId: pocket.id }, body: { userId: as.userId, role: 'viewer' as const } };
  const { body: invitation } = await app.client.createInvitation(invite).expect(201);

  const { body } = await app.client.getPocketsScreen({ as }).expect(200);
  app.clock.advance(15 * 86_400_000);
  const { body: late } = await app.client.getPocketsScreen({ as }).expect(200);

  expect(body).toMatchObject({ totals: { items: [] }, pockets: { total: 0 }, invitations: { items: [invitation] } });
  expect(late.invitations.items).toEqual([]);
});

test('does not count a pocket that the person has left', async () => {
  const { one, path } = await sharedPocket(app, [10, 20]);
  await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(200);

  const { body } = await app.client.getPocketsScreen({ as: one }).expect(200);

  expect(body).toMatchObject({ totals: { items: [] }, pockets: { items: [], total: 0 } });
});
