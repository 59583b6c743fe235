import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { ask, balanceIn, join, put, setPolicy, sharedPocket, take, tally } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';
import { savedPocket } from './steps.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

const hourMs = 3_600_000;
type Path = { pocketId: string };

function lock(as: Person, path: Path, body: Partial<components['schemas']['NewPocketLock']> = {}) {
  return app.client.lockPocket({ as, path, body: { delayHours: 0, ...body } });
}

function unlock(as: Person, path: Path) {
  return app.client.unlockPocket({ as, path });
}

function cancel(as: Person, path: Path) {
  return app.client.cancelUnlock({ as, path });
}

async function lockOf(as: Person, path: Path) {
  return (await app.client.getPocket({ as, path }).expect(200)).body.lock;
}

const inHours = (hours: number) => new Date(app.clock.now().getTime() + hours * hourMs).toISOString();

describe('a locked pocket', () => {
  test('gives its money by no way, and takes more', async () => {
    const as = await createPerson(app, { wallet: 110 });
    const path = { pocketId: (await createPocket(app, as)).id };
    await put(app, as, path, 100);
    const other = (await createPocket(app, as)).id;
    const { body: movements } = await app.client.listMovements({ as, path }).expect(200);
    const headers = withKey();
    const { body } = await lock(as, path, { until: inHours(24), delayHours: 48 }).expect(200);

    const refused = [
      await take(app, as, path, 10).expect(409),
      await app.client
        .createPocketTransfer({ as, path, headers, body: { amount: eur(10), toPocketId: other } })
        .expect(409),
      await app.client.reverseMovement({ as, path: { movementId: movements.items[0]?.id ?? '' }, headers }).expect(409),
      await app.client.closePocket({ as, path, headers, body: { sweepToPocketId: other } }).expect(409),
    ];

    expect(refused.map((answer) => answer.body)).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ code: 'pocket_locked' }) as unknown),
    );
    expect(body.lock).toEqual({
      until: inHours(24),
      untilAmount: null,
      delayHours: 48,
      delayChange: null,
      unlock: null,
      since: app.clock.now().toISOString(),
    });
    expect(await lockOf(as, path)).toEqual(body.lock);
    await put(app, as, path, 10);
    expect(await balanceIn(app, as, path)).toBe(110);
  });

  test('opens at its time, with another tag', async () => {
    const { as, path } = await savedPocket(app, 100);
    await lock(as, path, { until: inHours(1), delayHours: 720 }).expect(200);
    const { headers: locked } = await app.client.getPocket({ as, path }).expect(200);
    app.clock.advance(hourMs - 1);
    await take(app, as, path, 10).expect(409);

    app.clock.advance(1);

    await app.client.getPocket({ as, path, headers: { 'If-None-Match': locked['etag'] ?? '' } }).expect(200);
    expect(await lockOf(as, path)).toBeNull();
    await take(app, as, path, 10).expect(201);
  });

  test('opens for good when its balance has once reached the sum', async () => {
    const as = await createPerson(app, { wallet: 200 });
    const path = { pocketId: (await createPocket(app, as)).id };
    await lock(as, path, { untilAmount: eur(100), delayHours: 1 }).expect(200);
    await put(app, as, path, 99);
    await take(app, as, path, 1).expect(409);

    await put(app, as, path, 1);

    expect(await lockOf(as, path)).toBeNull();
    await take(app, as, path, 60).expect(201);
    await take(app, as, path, 40).expect(201);
    expect(await lockOf(as, path)).toBeNull();
    // The next lock is one of its own.
    await lock(as, path, { untilAmount: eur(50) }).expect(200);
    await put(app, as, path, 10);
    await take(app, as, path, 10).expect(409);
  });

  test('with a time and a sum opens at whichever comes first', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const [first, second] = [(await createPocket(app, as)).id, (await createPocket(app, as)).id];
    for (const pocketId of [first, second]) {
      await lock(as, { pocketId }, { until: inHours(2), untilAmount: eur(50) }).expect(200);
      await put(app, as, { pocketId }, 40);
    }

    await put(app, as, { pocketId: first }, 10);
    await take(app, as, { pocketId: first }, 1).expect(201);
    await take(app, as, { pocketId: second }, 1).expect(409);
    app.clock.advance(2 * hourMs);

    await take(app, as, { pocketId: second }, 1).expect(201);
  });

  test('is unlocked after its delay, and not when that is taken back', async () => {
    const { as, path } = await savedPocket(app, 100);
    await lock(as, path, { delayHours: 48 }).expect(200);

    const { body } = await unlock(as, path).expect(202);
    app.clock.advance(hourMs);
    const { body: again } = await unlock(as, path).expect(202);

    expect(body).toEqual({ availableAt: inHours(47), requestedBy: as.userId });
    expect(again).toEqual(body);
    expect((await lockOf(as, path))?.unlock).toEqual(body);
    await cancel(as, path).expect(204);
    await cancel(as, path).expect(204);
    app.clock.advance(48 * hourMs);
    await take(app, as, path, 10).expect(409);
    await unlock(as, path).expect(202);
    app.clock.advance(48 * hourMs - 1);
    await take(app, as, path, 10).expect(409);
    app.clock.advance(1);
    await take(app, as, path, 10).expect(201);
    expect((await unlock(as, path).expect(409)).body.code).toBe('pocket_not_locked');
    expect((await cancel(as, path).expect(409)).body.code).toBe('pocket_not_locked');
  });

  test('without a delay opens as soon as it is asked to', async () => {
    const { as, path } = await savedPocket(app, 100);
    await lock(as, path).expect(200);
    await take(app, as, path, 10).expect(409);

    await unlock(as, path).expect(202);

    await take(app, as, path, 10).expect(201);
  });

  test('has a shorter delay only when the old one has passed', async () => {
    const { as, path } = await savedPocket(app, 100);
    await lock(as, path, { delayHours: 48 }).expect(200);

    const { body } = await lock(as, path, { delayHours: 1 }).expect(200);
    app.clock.advance(hourMs);
    await lock(as, path, { delayHours: 1 }).expect(200);

    expect(body.lock).toMatchObject({ delayHours: 48, delayChange: { delayHours: 1, effectiveAt: inHours(47) } });
    expect((await lockOf(as, path))?.delayChange?.effectiveAt).toBe(inHours(47));
    expect((await unlock(as, path).expect(202)).body.availableAt).toBe(inHours(48));
    await cancel(as, path).expect(204);
    app.clock.advance(47 * hourMs);
    expect(await lockOf(as, path)).toMatchObject({ delayHours: 1, delayChange: null });
    expect((await unlock(as, path).expect(202)).body.availableAt).toBe(inHours(1));
  });

  test('is made stronger at once, which changes nothing of an end that was asked for', async () => {
    const { as, path } = await savedPocket(app, 100);
    await lock(as, path, { until: inHours(100), delayHours: 10 }).expect(200);
    await unlock(as, path).expect(202);

    const { body } = await lock(as, path, { until: inHours(200), delayHours: 20 }).expect(200);

    expect(body.lock).toMatchObject({ until: inHours(200), delayHours: 20, unlock: { availableAt: inHours(10) } });
    for (const weaker of [{ until: inHours(199) }, { untilAmount: eur(1_000) }]) {
      expect((await lock(as, path, { ...weaker, delayHours: 20 }).expect(409)).body.code).toBe('lock_not_weakened');
    }
    await lock(as, path, { delayHours: 20 }).expect(200);
    expect((await lock(as, path, { until: inHours(10_000), delayHours: 20 }).expect(409)).body.code).toBe('lock_not_weakened'); // prettier-ignore
  });

  test('stays as it is when the same lock is asked for again', async () => {
    const { as, path } = await savedPocket(app, 100);
    const body = { until: inHours(24), delayHours: 2 };
    const { headers } = await lock(as, path, body).expect(200);
    app.clock.advance(1_000);

    const { headers: again } = await lock(as, path, body).expect(200);

    expect(again['etag']).toBe(headers['etag']);
  });
});

describe('a lock that makes no sense', () => {
  test.each([
    [{ until: '2020-01-01T00:00:00.000Z' }, 422, 'lock_date_passed'],
    [{ untilAmount: eur(100) }, 422, 'lock_amount_reached'],
    [{ untilAmount: { amountMinor: 200, currency: 'USD' } }, 422, 'currency_mismatch'],
    [{ delayHours: 721 }, 400, 'invalid_request'],
    [{ delayHours: -1 }, 400, 'invalid_request'],
  ])('is refused: %j', async (body, status, code) => {
    const { as, path } = await savedPocket(app, 100);

    const answer = await lock(as, path, body);

    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ code })]);
    expect(await lockOf(as, path)).toBeNull();
  });

  test('is refused on a pocket that is closed, not there, or not the own', async () => {
    const { as, path } = await savedPocket(app, 100);
    const stranger = await createPerson(app);
    const closed = { pocketId: (await createPocket(app, as)).id };
    await app.client.closePocket({ as, path: closed, headers: withKey(), body: {} }).expect(200);

    expect((await lock(as, closed).expect(409)).body.code).toBe('pocket_closed');
    for (const [person, named] of [
      [stranger, path],
      [as, { pocketId: randomUUID() }],
    ] as const) {
      await lock(person, named).expect(404);
      await unlock(person, named).expect(404);
      await cancel(person, named).expect(404);
    }
  });
});

describe('a pocket that others save in', () => {
  test('is locked by its owner, and unlocked by whoever has money in it', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [100, 100, 100]);
    const viewer = await join(app, owner, path, { role: 'viewer' });
    await lock(one, path).expect(403);
    await lock(owner, path, { delayHours: 24 }).expect(200);
    const leave = () => app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } });

    expect((await leave().expect(409)).body.code).toBe('pocket_locked');
    await unlock(viewer, path).expect(403);
    await unlock(one, path).expect(202);
    // Nobody else can keep the member's money in.
    for (const other of [owner, two]) await cancel(other, path).expect(403);
    app.clock.advance(24 * hourMs);

    await leave().expect(200);
  });

  test('carries nothing out that was agreed to while it is locked', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    await setPolicy(app, owner, path).expect(200);
    const asked = await ask(app, one, path, 50);
    await lock(owner, path, { until: inHours(1) }).expect(200);
    const approve = () => app.client.approveApproval({ as: owner, path: { approvalId: asked.id } });

    expect((await approve().expect(409)).body.code).toBe('pocket_locked');
    app.clock.advance(hourMs);

    expect((await approve().expect(200)).body.status).toBe('executed');
  });

  test('keeps who asked for the end of a lock, and the owner may take it back once they are gone', async () => {
    const { owner, one, path } = await sharedPocket(app, [0, 0]);
    await lock(owner, path, { delayHours: 24 }).expect(200);
    await unlock(one, path).expect(202);
    await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(200);
    const pseudonym = randomUUID();
    await app.social.erasePerson({ as: { service: true }, path: one, body: { pseudonym } }).expect(204);

    expect((await lockOf(owner, path))?.unlock?.requestedBy).toBe(pseudonym);
    await cancel(owner, path).expect(204);
    expect((await lockOf(owner, path))?.unlock).toBeNull();
  });
});

describe('at the same time', () => {
  test('no money leaves after the answer to a lock', async () => {
    const { as, path } = await savedPocket(app, 100);
    const takes = Promise.all(Array.from({ length: 20 }, () => take(app, as, path, 1)));

    await lock(as, path, { delayHours: 1 }).expect(200);
    const left = await balanceIn(app, as, path);
    const answers = await takes;

    expect(left).toBe(100 - (tally(answers)[201] ?? 0));
    expect(await balanceIn(app, as, path)).toBe(left);
  });

  test('many who unlock get the same end', async () => {
    const { owner, members, path } = await sharedPocket(app, [10, 10, 10, 10]);
    await lock(owner, path, { delayHours: 5 }).expect(200);

    const answers = await Promise.all([owner, ...members].flatMap((as) => [unlock(as, path), unlock(as, path)]));

    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(tally(answers)).toEqual({ 202: 8 });
  });

  test('the sum that opens a lock is reached once, whoever brings it', async () => {
    const { owner, members, path } = await sharedPocket(app, [0, 0, 0]);
    await lock(owner, path, { untilAmount: eur(60), delayHours: 1 }).expect(200);
    await setPolicy(app, owner, path, { approvals: 0 }).expect(200);
    const joined = await Promise.all([1, 2, 3, 4].map(() => createPerson(app, { wallet: 15 })));
    for (const as of joined) {
      const { body } = await app.client
        .createInvitation({ as: owner, path, body: { userId: as.userId, role: 'contributor' } })
        .expect(201);
      await app.client.acceptInvitation({ as, path: { invitationId: body.id } }).expect(200);
    }

    await Promise.all(joined.map((as) => put(app, as, path, 15)));
    const answers = await Promise.all([owner, ...members, ...joined].map((as) => take(app, as, path, 1)));

    expect(tally(answers)).toEqual({ 201: 7 });
    expect(await lockOf(owner, path)).toBeNull();
  });
});
