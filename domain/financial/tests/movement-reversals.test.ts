import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { balanceOf, savedPocket } from './steps.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

describe('reversing', () => {
  test('books the opposite once, and links the two', async () => {
    const { as, path } = await savedPocket(app, 100);
    const { body: before } = await app.client.listMovements({ as, path }).expect(200);
    const movementId = before.items[0]?.id ?? '';

    const { body } = await app.client.reverseMovement({ as, path: { movementId }, headers: withKey() }).expect(201);
    const { body: again } = await app.client
      .reverseMovement({ as, path: { movementId }, headers: withKey() })
      .expect(409);
    const { body: undone } = await app.client
      .reverseMovement({ as, path: { movementId: body.id }, headers: withKey() })
      .expect(409);

    expect(body).toMatchObject({ kind: 'reversal', amount: eur(-100), balanceAfter: eur(0), reversesId: movementId });
    expect(again.code).toBe('movement_already_reversed');
    expect(undone.code).toBe('movement_not_reversible');
    const { body: after } = await app.client.listMovements({ as, path }).expect(200);
    expect(after.items.map(({ id, reversedById }) => [id, reversedById])).toEqual([
      [body.id, null],
      [movementId, body.id],
    ]);
  });

  test('has one effect when 10 ask at once', async () => {
    const { as, path } = await savedPocket(app, 100);
    const { body } = await app.client.listMovements({ as, path }).expect(200);
    const movementId = body.items[0]?.id ?? '';

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => app.client.reverseMovement({ as, path: { movementId }, headers: withKey() })),
    );

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    expect(await balanceOf(app, { as, path })).toBe(0);
  });

  test('needs the money, the key and the person', async () => {
    const { as, path } = await savedPocket(app, 100);
    const { body } = await app.client.listMovements({ as, path }).expect(200);
    const movementId = body.items[0]?.id ?? '';
    await app.client.createPocketWithdrawal({ as, path, headers: withKey(), body: { amount: eur(1) } }).expect(201);

    const { body: poor } = await app.client
      .reverseMovement({ as, path: { movementId }, headers: withKey() })
      .expect(409);
    const { body: keyless } = await app.client.reverseMovement({ as, path: { movementId } }).expect(400);
    const stranger = await createPerson(app, { wallet: 1 });

    expect(poor.code).toBe('insufficient_funds');
    expect(keyless.code).toBe('idempotency_key_required');
    await app.client.reverseMovement({ as: stranger, path: { movementId }, headers: withKey() }).expect(404);
    await app.client
      .reverseMovement({ as: stranger, path: { movementId: randomUUID() }, headers: withKey() })
      .expect(404);
  });
});
