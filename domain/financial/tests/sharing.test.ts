import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
afterAll(() => app.stop());

type Person = { userId: string };

/** A pocket with 25 of 100 euros in it. */
async function createQuarterPocket(as: Person, name = 'Trip') {
  const { id } = await createPocket(app, as, { name, emoji: '🏖️', target: eur(10_000) });
  const amount = { amount: eur(2_500) };
  await app.client.createContribution({ as, path: { pocketId: id }, headers: withKey(), body: amount }).expect(201);
  return { pocketId: id };
}

function share(
  as: Person,
  path: { pocketId: string },
  body: { audience: 'public' | 'followers'; showAmount?: boolean },
) {
  return app.client.sharePocket({ as, path, body });
}

/** The cards that a viewer gets. Lists go over the wire as one text, separated by commas. */
async function cardsFor(as: Person, pocketIds: string[], followedOwnerIds: string[] = []) {
  const query = {
    ids: pocketIds.join(',') as unknown as string[],
    ...(followedOwnerIds.length > 0 && { followedOwnerIds: followedOwnerIds.join(',') as unknown as string[] }),
  };
  return (await app.client.listPocketCards({ as, query }).expect(200)).body.items;
}

async function sharedBy({ userId }: Person, audience?: 'public' | 'followers') {
  const as = await createPerson(app);
  const query = { ...(audience && { audience }) };
  return (await app.client.listSharedPockets({ as, path: { userId }, query }).expect(200)).body.items;
}

describe('sharing', () => {
  test('a pocket is private until its owner shares it', async () => {
    const owner = await createPerson(app, { wallet: 10_000 });
    const path = await createQuarterPocket(owner);

    const { body } = await app.client.getPocket({ as: owner, path }).expect(200);

    expect(body.shared).toBeNull();
    expect(await cardsFor(await createPerson(app), [path.pocketId], [owner.userId])).toEqual([]);
    expect(await sharedBy(owner, 'followers')).toEqual([]);
  });

  test('shows name, emoji and percent; the balance only when the owner says so', async () => {
    const owner = await createPerson(app, { wallet: 10_000 });
    const viewer = await createPerson(app);
    const path = await createQuarterPocket(owner);

    const { body: shared } = await share(owner, path, { audience: 'public' }).expect(200);
    const [plain] = await cardsFor(viewer, [path.pocketId]);
    await share(owner, path, { audience: 'public', showAmount: true }).expect(200);
    const [open] = await cardsFor(viewer, [path.pocketId]);

    expect(shared).toMatchObject({ id: path.pocketId, shared: { audience: 'public', showAmount: false } });
    const card = { id: path.pocketId, ownerId: owner.userId, name: 'Trip', emoji: '🏖️', percent: 25, balance: null };
    expect(plain).toEqual(card);
    expect(open).toEqual({ ...card, balance: eur(2_500) });
  });

  test('tells no percent of a pocket without a target', async () => {
    const owner = await createPerson(app);
    const { id } = await createPocket(app, owner);
    await share(owner, { pocketId: id }, { audience: 'public' }).expect(200);

    expect(await cardsFor(await createPerson(app), [id])).toMatchObject([{ percent: null, balance: null }]);
  });

  test('shows what is for followers to those alone who are said to follow that very owner', async () => {
    const owner = await createPerson(app, { wallet: 10_000 });
    const path = await createQuarterPocket(owner);
    await share(owner, path, { audience: 'followers', showAmount: true }).expect(200);
    const viewer = await createPerson(app);

    expect(await cardsFor(viewer, [path.pocketId])).toEqual([]);
    expect(await cardsFor(viewer, [path.pocketId], [randomUUID(), viewer.userId])).toEqual([]);
    expect(await cardsFor(viewer, [path.pocketId], [randomUUID(), owner.userId])).toMatchObject([
      { id: path.pocketId },
    ]);
    expect(await cardsFor(owner, [path.pocketId])).toMatchObject([{ id: path.pocketId }]);
  });

  test('shows an owner their own cards, as others would see them', async () => {
    const owner = await createPerson(app, { wallet: 10_000 });
    const path = await createQuarterPocket(owner);

    expect(await cardsFor(owner, [path.pocketId])).toMatchObject([{ id: path.pocketId, percent: 25, balance: null }]);
  });

  test('leaves out what is not there, and answers each pocket once', async () => {
    const owner = await createPerson(app, { wallet: 10_000 });
    const path = await createQuarterPocket(owner);
    await share(owner, path, { audience: 'public' }).expect(200);

    const cards = await cardsFor(await createPerson(app), [randomUUID(), path.pocketId, path.pocketId]);

    expect(cards.map(({ id }) => id)).toEqual([path.pocketId]);
  });

  test('lists what a person shares with an audience, newest first, page by page', async () => {
    const owner = await createPerson(app);
    const ids: string[] = [];
    for (const audience of ['public', 'followers', 'public', 'followers'] as const) {
      const { id } = await createPocket(app, owner);
      await share(owner, { pocketId: id }, { audience }).expect(200);
      ids.unshift(id);
    }
    await createPocket(app, owner, { name: 'Secret' });
    const as = await createPerson(app);
    const page = { as, path: owner, query: { audience: 'followers', limit: 3 } } as const;

    const { body: first } = await app.client.listSharedPockets(page).expect(200);
    const { body: second } = await app.client
      .listSharedPockets({ ...page, query: { ...page.query, cursor: first.nextCursor ?? '' } })
      .expect(200);

    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
    expect((await sharedBy(owner)).map(({ id }) => id)).toEqual([ids[1], ids[3]]);
    expect((await sharedBy(owner, 'public')).map(({ id }) => id)).toEqual([ids[1], ids[3]]);
  });
});

describe('taking a share back', () => {
  test('hides the pocket at the next read, everywhere', async () => {
    const owner = await createPerson(app, { wallet: 10_000 });
    const viewer = await createPerson(app);
    const path = await createQuarterPocket(owner);
    await share(owner, path, { audience: 'public', showAmount: true }).expect(200);

    await app.client.unsharePocket({ as: owner, path }).expect(204);

    expect(await cardsFor(viewer, [path.pocketId], [owner.userId])).toEqual([]);
    expect(await sharedBy(owner, 'followers')).toEqual([]);
    expect((await app.client.getPocket({ as: owner, path }).expect(200)).body.shared).toBeNull();
    await app.client.unsharePocket({ as: owner, path }).expect(204);
  });

  test('forgets that the amount was shown', async () => {
    const owner = await createPerson(app, { wallet: 10_000 });
    const path = await createQuarterPocket(owner);
    await share(owner, path, { audience: 'public', showAmount: true }).expect(200);
    await app.client.unsharePocket({ as: owner, path }).expect(204);

    await share(owner, path, { audience: 'public' }).expect(200);

    expect(await cardsFor(await createPerson(app), [path.pocketId])).toMatchObject([{ balance: null }]);
  });

  test('changes the ETag each time, and a repeated share does not', async () => {
    const owner = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };
    const tag = async () => (await app.client.getPocket({ as: owner, path }).expect(200)).headers['etag'];

    const before = await tag();
    const { headers: shared } = await share(owner, path, { audience: 'followers' }).expect(200);
    const { headers: again } = await share(owner, path, { audience: 'followers', showAmount: false }).expect(200);
    await app.client.unsharePocket({ as: owner, path }).expect(204);
    const after = await tag();

    expect(again['etag']).toBe(shared['etag']);
    expect(new Set([before, shared['etag'], after]).size).toBe(3);
  });

  test('of many who share and take back at once, the last one counts', async () => {
    const owner = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };

    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        index % 2 === 0
          ? share(owner, path, { audience: index % 4 === 0 ? 'public' : 'followers' }).expect(200)
          : app.client.unsharePocket({ as: owner, path }).expect(204),
      ),
    );
    await app.client.unsharePocket({ as: owner, path }).expect(204);

    expect(await sharedBy(owner, 'followers')).toEqual([]);
  });
});

describe('a closed pocket', () => {
  test('is shared with nobody and cannot be', async () => {
    const owner = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };
    await share(owner, path, { audience: 'public' }).expect(200);

    const { body: closed } = await app.client
      .closePocket({ as: owner, path, headers: withKey(), body: {} })
      .expect(200);
    const { body: refused } = await share(owner, path, { audience: 'public' }).expect(409);

    expect(closed.shared).toBeNull();
    expect(refused.code).toBe('pocket_closed');
    expect(await cardsFor(await createPerson(app), [path.pocketId])).toEqual([]);
    expect(await sharedBy(owner, 'followers')).toEqual([]);
  });
});

describe('refusals', () => {
  test('another person’s pocket is as one that is not there', async () => {
    const owner = await createPerson(app);
    const stranger = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };

    await share(stranger, path, { audience: 'public' }).expect(404);
    await share(stranger, { pocketId: randomUUID() }, { audience: 'public' }).expect(404);
    await app.client.unsharePocket({ as: stranger, path }).expect(404);

    expect((await app.client.getPocket({ as: owner, path }).expect(200)).body.shared).toBeNull();
  });

  test.each([
    ['no audience', {}],
    ['an unknown audience', { audience: 'friends' }],
    ['an amount that is no choice', { audience: 'public', showAmount: 'yes' }],
    ['more than that', { audience: 'public', balance: 1 }],
  ])('refuses %s', async (_what, body) => {
    const owner = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };

    await app.client.sharePocket({ as: owner, path, body: body as never }).expect(400);
  });

  test('refuses cards of nothing, of too many, and of what is no id', async () => {
    const as = await createPerson(app);
    const cards = (ids: string) => app.client.listPocketCards({ as, query: { ids: ids as unknown as string[] } });

    await cards('').expect(400);
    await cards('x').expect(400);
    await cards(Array.from({ length: 101 }, () => randomUUID()).join(',')).expect(400);
    await cards(Array.from({ length: 100 }, () => randomUUID()).join(',')).expect(200);
    await app.client.listSharedPockets({ as, path: as, query: { cursor: 'bm90IGEgY3Vyc29y' } }).expect(400);
    await app.client.listSharedPockets({ as, path: as, query: { audience: 'all' as never } }).expect(400);
  });

  test('is for people, signed in', async () => {
    const query = { ids: randomUUID() as unknown as string[] };

    await app.client.listPocketCards({ as: { service: true }, query }).expect(403);
    await app.client.listPocketCards({ as: 'not-a-token', query }).expect(401);
    await app.client.sharePocket({ as: { staffId: 'x' }, path: { pocketId: randomUUID() }, body: { audience: 'public' } }).expect(403); // prettier-ignore
  });
});

describe('whose a pocket is', () => {
  const service = { service: true } as const;

  test('is told to services, with who may see it', async () => {
    const owner = await createPerson(app, { wallet: 10_000 });
    const path = await createQuarterPocket(owner);

    const { body: kept } = await app.client.getPocketShare({ as: service, path }).expect(200);
    await share(owner, path, { audience: 'followers', showAmount: true }).expect(200);
    const { body: shared } = await app.client.getPocketShare({ as: service, path }).expect(200);

    expect(kept).toEqual({ ownerId: owner.userId, audience: null });
    expect(shared).toEqual({ ownerId: owner.userId, audience: 'followers' });
  });

  test('is told to nobody else, and of no pocket that is not there or closed', async () => {
    const owner = await createPerson(app);
    const closed = await createPocket(app, owner, { name: 'Done' });
    await app.client
      .closePocket({ as: owner, path: { pocketId: closed.id }, headers: withKey(), body: {} })
      .expect(200);

    await app.client.getPocketShare({ as: owner, path: { pocketId: closed.id } }).expect(403);
    await app.client.getPocketShare({ as: service, path: { pocketId: closed.id } }).expect(404);
    await app.client.getPocketShare({ as: service, path: { pocketId: randomUUID() } }).expect(404);
  });
});
