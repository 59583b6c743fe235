import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { ask, balanceIn, join, put, setPolicy, sharedPocket, take, tally, toldOfPocket } from './shared-pocket.ts';
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
      guardian: null,
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

    expect(body).toEqual({
      availableAt: inHours(47),
      requestedBy: as.userId,
      waitsFor: null,
      latestAt: inHours(47),
    });
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
    [{ until: '9999-12-31T23:59:59-12:00' }, 400, 'invalid_request'],
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
  test('tells every member once that its lock is to end, also who asked', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 50]);
    const viewer = await join(app, owner, path, { role: 'viewer' });
    await lock(owner, path, { delayHours: 24 }).expect(200);

    for (const as of [one, owner]) await unlock(as, path).expect(202);

    const members = [owner, one, viewer].map(({ userId }) => userId);
    expect(await toldOfPocket(app, path, 'unlock_requested')).toEqual(members.sort());
  });

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

  test('tells them of every end that is asked for, however often one was taken back', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 50]);
    await lock(owner, path, { delayHours: 24 }).expect(200);

    for (let turn = 0; turn < 11; turn += 1) {
      await cancel(one, path).expect(204);
      await unlock(one, path).expect(202);
    }

    expect(await toldOfPocket(app, path, 'unlock_requested')).toHaveLength(11 * 2);
  });

  test.each(['the end of the last one', 'a moment'])(
    'lets who has waited for the end of a lock leave for 7 days, though it is locked anew after %s',
    async (after) => {
      const { owner, one, two, path } = await sharedPocket(app, [100, 100, 100]);
      await lock(owner, path, { until: inHours(after === 'a moment' ? 1 : 10_000), delayHours: 24 }).expect(200);
      await unlock(owner, path).expect(202);
      await unlock(one, path).expect(202);
      const leave = (as: Person) => app.client.deletePocketMember({ as, path: { ...path, userId: as.userId } });
      app.clock.advance(after === 'a moment' ? hourMs : 24 * hourMs);
      await lock(owner, path, { delayHours: 720 }).expect(200);
      if (after === 'a moment') {
        expect((await leave(one).expect(409)).body.code).toBe('pocket_locked');
        app.clock.advance(23 * hourMs);
      }

      expect((await leave(two).expect(409)).body.code).toBe('pocket_locked');
      app.clock.advance(7 * 24 * hourMs - 1);
      expect((await leave(one).expect(200)).body.payout).toEqual(eur(100));
    },
  );

  test('no longer lets them leave after 7 days, or when they have taken it back', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [100, 100, 100]);
    await lock(owner, path, { delayHours: 1 }).expect(200);
    for (const as of [one, two]) await unlock(as, path).expect(202);
    app.clock.advance(hourMs);
    await lock(owner, path, { delayHours: 1 }).expect(200);
    const leave = (as: Person) => app.client.deletePocketMember({ as, path: { ...path, userId: as.userId } });

    await cancel(two, path).expect(204);
    expect((await leave(two).expect(409)).body.code).toBe('pocket_locked');
    app.clock.advance(7 * 24 * hourMs);
    expect((await leave(one).expect(409)).body.code).toBe('pocket_locked');
    await unlock(one, path).expect(202);
    app.clock.advance(hourMs);
    await lock(owner, path, { delayHours: 1 }).expect(200);
    await leave(one).expect(200);
  });

  test('waits for a guardian too before one may leave though it is locked anew', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    const guardian = await createPerson(app);
    await lock(owner, path, { delayHours: 1, guardianId: guardian.userId }).expect(200);
    const [asked] = await guardedBy(guardian);
    await app.client.acceptGuardianship({ as: guardian, path: { guardianshipId: asked?.id ?? '' } }).expect(200);
    await unlock(one, path).expect(202);
    await approve(guardian, path).expect(200);
    app.clock.advance(hourMs);
    await lock(owner, path, { delayHours: 1 }).expect(200);
    const leave = () => app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } });

    app.clock.advance(720 * hourMs - 1);
    expect((await leave().expect(409)).body.code).toBe('pocket_locked');
    app.clock.advance(1);
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

/** A locked pocket with a guardian who has accepted. */
async function guardedPocket(body: { delayHours?: number } = {}) {
  const { as, path } = await savedPocket(app, 100);
  const guardian = await createPerson(app);
  await lock(as, path, { delayHours: 24, guardianId: guardian.userId, ...body }).expect(200);
  const at = { guardianshipId: (await guardedBy(guardian))[0]?.id ?? '' };
  await app.client.acceptGuardianship({ as: guardian, path: at }).expect(200);
  return { as, path, guardian, at };
}

async function guardedBy(as: Person) {
  return (await app.client.listGuardianships({ as }).expect(200)).body.items;
}

function approve(as: Person, path: Path) {
  return app.client.approveUnlock({ as, path });
}

function stepDown(as: Person, at: { guardianshipId: string }) {
  return app.client.declineGuardianship({ as, path: at });
}

/** How often each person was told of a guardianship. */
async function toldOf(id: string) {
  const { rows } = await app.owner.query<{ person: string }>(
    `select payload ->> 'personId' as person from financial_jobs._private_jobs where payload -> 'subject' ->> 'id' = $1`,
    [id],
  );
  return rows.map(({ person }) => person);
}

describe('a guardian', () => {
  test('is taken before the lock, as by an erasure: so neither waits for the other in a circle', async () => {
    const { as, path } = await savedPocket(app, 100);
    const [first, second] = [await createPerson(app), await createPerson(app)];
    await lock(as, path, { delayHours: 1, guardianId: first.userId }).expect(200);
    const erasure = await app.owner.connect();
    try {
      await erasure.query('begin');
      await erasure.query('delete from pocket_guardian where guardian_id = $1', [first.userId]);
      const change = lock(as, path, { delayHours: 2, guardianId: second.userId });
      await waitFor('the change to wait', async () => {
        const { rowCount } = await app.owner.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rowCount === 1;
      });
      await erasure.query('update pocket_lock set locked_at = locked_at where pocket_id = $1', [path.pocketId]);
      await erasure.query('commit');

      expect((await change.expect(200)).body.lock).toMatchObject({
        delayHours: 2,
        guardian: { userId: second.userId },
      });
    } finally {
      await erasure.query('rollback');
      erasure.release();
    }
  });

  test('is asked, sees the name and no sum, and guards once they accept', async () => {
    const { as, path } = await savedPocket(app, 100);
    const guardian = await createPerson(app);

    const { body } = await lock(as, path, { delayHours: 1, guardianId: guardian.userId }).expect(200);
    const [asked] = await guardedBy(guardian);
    const { body: screen } = await app.client.getPocketsScreen({ as: guardian }).expect(200);
    const at = { guardianshipId: asked?.id ?? '' };
    const { headers } = await app.client.getPocket({ as, path }).expect(200);
    const { body: accepted } = await app.client.acceptGuardianship({ as: guardian, path: at }).expect(200);
    await app.client.acceptGuardianship({ as: guardian, path: at }).expect(200);

    expect(body.lock?.guardian).toEqual({ userId: guardian.userId, status: 'pending' });
    expect(asked).toEqual({
      ...{ id: at.guardianshipId, pocketId: path.pocketId, pocket: { name: 'Trip', emoji: null } },
      ...{ ownerId: as.userId, guardianId: guardian.userId, status: 'pending', unlock: null },
      createdAt: app.clock.now().toISOString(),
    });
    expect(screen.invitations.guardianships).toEqual([asked]);
    expect(accepted).toEqual({ ...asked, status: 'accepted' });
    expect(await toldOf(at.guardianshipId)).toEqual([guardian.userId]);
    await app.client.getPocket({ as, path, headers: { 'If-None-Match': headers['etag'] ?? '' } }).expect(200);
    expect((await lockOf(as, path))?.guardian?.status).toBe('accepted');
    expect((await app.client.getPocketsScreen({ as: guardian })).body.invitations.guardianships).toEqual([]);
    await app.client.getPocket({ as: guardian, path }).expect(404);
  });

  test('is needed for the end of the lock, besides the delay', async () => {
    const { as, path, guardian, at } = await guardedPocket();
    expect((await approve(guardian, path).expect(409)).body.code).toBe('unlock_not_requested');

    const { body } = await unlock(as, path).expect(202);
    app.clock.advance(25 * hourMs);
    await take(app, as, path, 10).expect(409);
    const { body: screen } = await app.client.getPocketsScreen({ as: guardian }).expect(200);
    await approve(as, path).expect(404);
    const { body: approved } = await approve(guardian, path).expect(200);

    expect(body).toMatchObject({ waitsFor: guardian.userId, availableAt: inHours(-1), latestAt: inHours(719) });
    expect(screen.invitations.guardianships).toMatchObject([{ id: at.guardianshipId, unlock: body }]);
    expect(approved).toMatchObject({ status: 'ended', unlock: null });
    expect(await toldOf(at.guardianshipId)).toEqual([guardian.userId, guardian.userId]);
    await take(app, as, path, 10).expect(201);
    await approve(guardian, path).expect(200);
    expect(await guardedBy(guardian)).toEqual([]);
  });

  test('who approves early does not shorten the delay, and approves one end alone', async () => {
    const { as, path, guardian } = await guardedPocket();
    await unlock(as, path).expect(202);
    await approve(guardian, path).expect(200);
    await take(app, as, path, 10).expect(409);
    await cancel(as, path).expect(204);

    const { body } = await unlock(as, path).expect(202);
    app.clock.advance(24 * hourMs);

    expect(body.waitsFor).toBe(guardian.userId);
    await take(app, as, path, 10).expect(409);
    await approve(guardian, path).expect(200);
    await take(app, as, path, 10).expect(201);
  });

  test('who says nothing is waited for 30 days, and no longer', async () => {
    const { as, path } = await guardedPocket();
    await unlock(as, path).expect(202);
    app.clock.advance(24 * hourMs + 720 * hourMs - 1);
    await take(app, as, path, 10).expect(409);

    app.clock.advance(1);

    expect(await lockOf(as, path)).toBeNull();
    await take(app, as, path, 10).expect(201);
  });

  test('who steps down leaves the delay, which begins anew', async () => {
    const { as, path, guardian, at } = await guardedPocket();
    await unlock(as, path).expect(202);
    app.clock.advance(100 * hourMs);

    const { body } = await stepDown(guardian, at).expect(200);
    await stepDown(guardian, at).expect(200);

    expect(body.status).toBe('declined');
    expect(await lockOf(as, path)).toMatchObject({
      guardian: { status: 'declined' },
      unlock: { availableAt: inHours(24), waitsFor: null },
    });
    expect((await app.client.acceptGuardianship({ as: guardian, path: at }).expect(409)).body.code).toBe('guardianship_not_pending'); // prettier-ignore
    app.clock.advance(24 * hourMs);
    await take(app, as, path, 10).expect(201);
  });

  test('who is erased is not waited for, and keeps nobody’s account', async () => {
    const { as, path, guardian } = await guardedPocket();
    await unlock(as, path).expect(202);
    const asService = { service: true } as const;
    const { body } = await app.social.getClosingBlockers({ as: asService, path: guardian }).expect(200);

    await app.social.erasePerson({ as: asService, path: guardian, body: { pseudonym: randomUUID() } }).expect(204);

    expect(body.blockers).toEqual([]);
    expect(await lockOf(as, path)).toMatchObject({ guardian: null, unlock: { waitsFor: null } });
    app.clock.advance(24 * hourMs);
    await take(app, as, path, 10).expect(201);
    await lock(as, path, { guardianId: guardian.userId }).expect(404);
  });

  test('who has not accepted guards nothing, and is replaced', async () => {
    const { as, path } = await savedPocket(app, 100);
    const [silent, willing] = [await createPerson(app), await createPerson(app)];
    await lock(as, path, { guardianId: silent.userId }).expect(200);
    const [asked] = await guardedBy(silent);

    await lock(as, path, { guardianId: willing.userId }).expect(200);

    expect(await guardedBy(silent)).toEqual([]);
    const at = { guardianshipId: asked?.id ?? '' };
    const { body } = await app.client.acceptGuardianship({ as: silent, path: at }).expect(409);
    expect(body.code).toBe('guardianship_not_pending');
    expect((await unlock(as, path).expect(202)).body.waitsFor).toBeNull();
    await take(app, as, path, 10).expect(201);
  });

  test('who has accepted stays as long as the lock', async () => {
    const { as, path, guardian, at } = await guardedPocket({ delayHours: 1 });
    const other = await createPerson(app);
    const renewed = { delayHours: 1, guardianId: other.userId };

    expect((await lock(as, path, renewed).expect(409)).body.code).toBe('lock_not_weakened');
    await lock(as, path, { delayHours: 2 }).expect(200);
    expect((await lockOf(as, path))?.guardian).toEqual({ userId: guardian.userId, status: 'accepted' });
    await unlock(as, path).expect(202);
    await lock(as, path, { delayHours: 3 }).expect(200);
    expect((await lockOf(as, path))?.unlock?.waitsFor).toBe(guardian.userId);
    await approve(guardian, path).expect(200);
    app.clock.advance(2 * hourMs);

    const { body } = await lock(as, path, renewed).expect(200);

    expect(body.lock?.guardian).toEqual({ userId: other.userId, status: 'pending' });
    expect((await stepDown(guardian, at).expect(409)).body.code).toBe('guardianship_not_pending');
    await approve(guardian, path).expect(404);
  });

  test('is another person than the one who locks; nobody else sees the guardianship', async () => {
    const { as, path, at } = await guardedPocket();
    const stranger = await createPerson(app);

    expect((await lock(as, path, { guardianId: as.userId }).expect(422)).body.code).toBe('guardian_unfit');
    for (const person of [as, stranger]) {
      for (const named of [at, { guardianshipId: randomUUID() }]) {
        await app.client.acceptGuardianship({ as: person, path: named }).expect(404);
        await stepDown(person, named).expect(404);
      }
    }
    await approve(stranger, path).expect(404);
    await approve(stranger, { pocketId: randomUUID() }).expect(404);
  });

  test('who saves in the pocket is not asked about an end of their own', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    await lock(owner, path, { delayHours: 1, guardianId: one.userId }).expect(200);
    const [asked] = await guardedBy(one);
    await app.client.acceptGuardianship({ as: one, path: { guardianshipId: asked?.id ?? '' } }).expect(200);

    const { body } = await unlock(one, path).expect(202);

    expect(body.waitsFor).toBeNull();
  });
});

describe('at the same time', () => {
  test('a guardian who approves and steps down, while others ask and lock, strands nothing', async () => {
    const { as, path, guardian, at } = await guardedPocket({ delayHours: 1 });

    const answers = await Promise.all([
      ...[1, 2, 3].flatMap(() => [unlock(as, path), approve(guardian, path)]),
      stepDown(guardian, at),
      lock(as, path, { delayHours: 2 }),
    ]);
    await unlock(as, path).expect(202);

    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect(await lockOf(as, path)).toMatchObject({ guardian: { status: 'declined' }, unlock: { waitsFor: null } });
    app.clock.advance(2 * hourMs);
    await take(app, as, path, 100).expect(201);
  });

  test('a guardian who is erased while an end is asked for is not waited for', async () => {
    const guarded = [];
    for (let n = 0; n < 4; n += 1) guarded.push(await guardedPocket());

    await Promise.all(
      guarded.flatMap(({ as, path, guardian }) => [
        unlock(as, path).expect(202),
        app.social
          .erasePerson({ as: { service: true }, path: guardian, body: { pseudonym: randomUUID() } })
          .expect(204),
      ]),
    );

    for (const { as, path } of guarded) expect((await lockOf(as, path))?.unlock?.waitsFor).toBeNull();
  });

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
