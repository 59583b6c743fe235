import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { put, sharedPocket, take } from './shared-pocket.ts';

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

test('adds up more than one pocket can hold, and what was moved in and out of it again', async () => {
  const most = 1_000_000_000_000;
  const as = await createPerson(app, { wallet: most });
  const path = { pocketId: (await createPocket(app, as)).id };
  await put(app, as, path, most);
  await take(app, as, path, most).expect(201);
  await put(app, as, path, most);
  const openingAmount = { ...eur(most), source: { type: 'pocket' as const, pocketId: path.pocketId } };
  await app.client.createPocket({ as, headers: withKey(), body: { name: 'All', currency: 'EUR', openingAmount } }).expect(201); // prettier-ignore
  const more = { ownerId: as.userId, amountMinor: most, currency: 'EUR', note: null, source: 'seed', at: app.clock.now() }; // prettier-ignore
  await app.owner.query('select book_opening_balance($1)', [JSON.stringify(more)]);
  await put(app, as, path, most);

  const { body: screen } = await app.client.getPocketsScreen({ as }).expect(200);
  const { body: members } = await app.client.listPocketMembers({ as, path }).expect(200);

  expect(screen.totals.items).toEqual([{ pocketCount: 2, balance: eur(2 * most), share: eur(2 * most) }]);
  expect(members.items).toMatchObject([{ contributed: eur(3 * most), withdrawn: eur(2 * most), share: eur(most) }]);
});
