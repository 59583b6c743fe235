import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '#platform/ids';
import { createPerson, createPocket, startFinancialApp } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { sharedPocket } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';

const imageUrl = 'https://media.clync.example/0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d71/image.webp';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
afterAll(() => app.stop());

interface PocketPath {
  pocketId: string;
}

function show(as: Person, path: PocketPath, url: string | null, headers = {}) {
  return app.client.updatePocket({ as, path, headers, body: { imageUrl: url } });
}

async function shownTo(as: Person, path: PocketPath) {
  const { body, headers } = await app.client.getPocket({ as, path }).expect(200);
  return { imageUrl: body.imageUrl, etag: headers['etag'] ?? '' };
}

test('every member sees the picture wherever they see the pocket, and nobody on its card', async () => {
  const { owner, one, path } = await sharedPocket(app, [10, 20]);

  await show(owner, path, imageUrl).expect(200);

  const { body: pocket } = await app.client.getPocket({ as: one, path }).expect(200);
  const { body: page } = await app.client.listPockets({ as: one }).expect(200);
  const { body: home } = await app.client.getHome({ as: one }).expect(200);
  const { body: pockets } = await app.client.getPocketsScreen({ as: one }).expect(200);
  const { body: screen } = await app.client.getPocketScreen({ as: one, path }).expect(200);
  const seen = [pocket, page.items[0], home.pockets.items[0], pockets.pockets.items[0], screen.pocket];
  expect(seen.map((shown) => shown?.imageUrl)).toEqual(seen.map(() => imageUrl));
  await app.client.sharePocket({ as: owner, path, body: { audience: 'public' } }).expect(200);
  const query = { ids: [path.pocketId] };
  const { body: cards } = await app.client.listPocketCards({ as: await createPerson(app), query }).expect(200);
  expect(cards.items).toHaveLength(1);
  expect(JSON.stringify(cards)).not.toContain(imageUrl);
});

test('the picture changes the version, and only on the version that was read', async () => {
  const as = await createPerson(app);
  const path = { pocketId: (await createPocket(app, as)).id };
  const { etag } = await shownTo(as, path);

  const { body } = await show(as, path, imageUrl, { 'If-Match': etag }).expect(200);
  await show(as, path, null, { 'If-Match': etag }).expect(412);

  const shown = await shownTo(as, path);
  expect([body.imageUrl, shown.imageUrl]).toEqual([imageUrl, imageUrl]);
  expect(shown.etag).not.toBe(etag);
  await app.client.updatePocket({ as, path, body: { name: 'Another name' } }).expect(200);
  expect((await shownTo(as, path)).imageUrl).toBe(imageUrl);
  expect((await show(as, path, null).expect(200)).body.imageUrl).toBeNull();
});

test('only the owner changes it, and only of an open pocket', async () => {
  const { owner, one, path } = await sharedPocket(app, [0, 0]);
  const alone = { pocketId: (await createPocket(app, owner)).id };
  await app.client
    .closePocket({ as: owner, path: alone, headers: { 'Idempotency-Key': newId() }, body: {} })
    .expect(200);

  await show(one, path, imageUrl).expect(403);
  await show(await createPerson(app), path, imageUrl).expect(404);
  await show(owner, alone, imageUrl).expect(409);
  await show(owner, path, 'no address').expect(400);
  await show(owner, path, `https://media.clync.example/${'x'.repeat(2_048)}`).expect(400);

  expect((await shownTo(owner, path)).imageUrl).toBeNull();
});

test('a picture goes when who put it there is erased, and no other picture does', async () => {
  const [owner, other] = [await createPerson(app), await createPerson(app)];
  const [own, others] = [
    { pocketId: (await createPocket(app, owner)).id },
    { pocketId: (await createPocket(app, other)).id },
  ];
  await show(owner, own, imageUrl).expect(200);
  await show(other, others, imageUrl).expect(200);

  await app.social.erasePerson({ as: { service: true }, path: owner, body: { pseudonym: newId() } }).expect(204);

  expect((await shownTo(other, others)).imageUrl).toBe(imageUrl);
  const { rows } = await app.owner.query('select image_url, image_by from pocket where id = $1', [own.pocketId]);
  expect(rows).toEqual([{ image_url: null, image_by: null }]);
});
