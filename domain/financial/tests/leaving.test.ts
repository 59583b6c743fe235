import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '#platform/ids';
import {
  createPerson,
  createPocket,
  deposit,
  eur,
  linkBankAccount,
  startFinancialApp,
  withKey,
} from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { savedPocket, startTransfer, tell } from './steps.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

type Person = { userId: string };
const asService = { service: true } as const;

async function blockersOf(path: Person) {
  return (await app.social.getClosingBlockers({ as: asService, path }).expect(200)).body.blockers;
}

function erase(path: Person, pseudonym: string) {
  return app.social.erasePerson({ as: asService, path, body: { pseudonym } });
}

/** A person who has deposited, saved with notes, shared, withdrawn everything, and has nothing on its way. */
async function createPersonWithPast() {
  const as = await createPerson(app);
  const { id: depositId } = await deposit(app, as, 5_000);
  const secret = randomUUID();
  const pocket = await createPocket(app, as, { name: secret, emoji: '🏖️', target: eur(9_000) });
  const path = { pocketId: pocket.id };
  const body = { amount: eur(5_000), note: secret };
  await app.client.createContribution({ as, path, headers: withKey(), body }).expect(201);
  await app.client.sharePocket({ as, path, body: { audience: 'public', showAmount: true } }).expect(200);
  await app.client.createPocketWithdrawal({ as, path, headers: withKey(), body }).expect(201);
  const { id: withdrawalId } = await startTransfer(app, 'createWalletWithdrawal', as, 5_000);
  await tell(app, withdrawalId, 'settled', 1).expect(200);
  return { as, path, secret, depositId, withdrawalId };
}

/** Every table that says the word, in any column. */
async function tablesThatSay(word: string): Promise<string[]> {
  const { rows: tables } = await app.owner.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'financial' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await app.owner.query(`select from ${name} t where t::text ilike $1 limit 1`, [`%${word}%`]);
    if (rowCount) found.push(name);
  }
  return found.sort();
}

describe('what is in the way', () => {
  test('is nothing for a person without money', async () => {
    expect(await blockersOf(await createPerson(app))).toEqual([]);
    expect(await blockersOf({ userId: randomUUID() })).toEqual([]);
  });

  test('is the pocket that holds money, until it is empty', async () => {
    const { as, path } = await savedPocket(app, 700);

    expect(await blockersOf(as)).toEqual([{ kind: 'balance', ids: [path.pocketId] }]);
    const body = { amount: eur(700) };
    await app.client.createPocketWithdrawal({ as, path, headers: withKey(), body }).expect(201);

    const blockers = await blockersOf(as);
    expect(blockers).toMatchObject([{ kind: 'balance' }]);
    expect(blockers[0]?.ids).not.toContain(path.pocketId);
  });

  test('is a transfer until it is final', async () => {
    const as = await createPerson(app);
    const { id } = await startTransfer(app, 'createDeposit', as, 700);
    expect(await blockersOf(as)).toEqual([{ kind: 'pending_transfer', ids: [id] }]);

    await tell(app, id, 'processing', 1).expect(200);
    expect(await blockersOf(as)).toEqual([{ kind: 'pending_transfer', ids: [id] }]);

    await tell(app, id, 'failed', 2).expect(200);
    expect(await blockersOf(as)).toEqual([]);
  });

  test('is what a returned deposit left unsettled', async () => {
    const { as, depositId } = await createPersonWithPast();
    expect(await blockersOf(as)).toEqual([]);

    await tell(app, depositId, 'returned', 9).expect(200);

    expect(await blockersOf(as)).toMatchObject([{ kind: 'balance' }]);
  });

  test('names no sum, and is for services alone', async () => {
    const { as } = await savedPocket(app, 700);
    const { body } = await app.social.getClosingBlockers({ as: asService, path: as }).expect(200);

    expect(JSON.stringify(body)).not.toMatch(/700|EUR|Minor/);
    await app.client.getClosingBlockers({ as, path: as }).expect(403);
    await app.social.getClosingBlockers({ as: asService, path: { userId: 'x' } }).expect(400);
  });
});

describe('erasure', () => {
  test('leaves nothing of the person but sums under the pseudonym', async () => {
    const { as, path, secret } = await createPersonWithPast();
    const pseudonym = newId();
    const said = await tablesThatSay(secret);
    const stood = await tablesThatSay(as.userId);
    const total = `select count(*)::text as lines, coalesce(sum(abs(amount_minor)), 0)::text as moved from ledger_entry where owner_id = $1`;
    const { rows: before } = await app.owner.query(total, [as.userId]);

    await erase(as, pseudonym).expect(204);

    expect(await tablesThatSay(as.userId)).toEqual([]);
    expect(said).toEqual(['idempotency', 'ledger_transaction', 'pocket']);
    expect(await tablesThatSay(secret)).toEqual([]);
    const forgotten = ['bank_account', 'bank_connection', 'idempotency'];
    expect(stood).toEqual(
      expect.arrayContaining([...forgotten, 'ledger_account', 'ledger_entry', 'pocket', 'transfer']),
    );
    expect(await tablesThatSay(pseudonym)).toEqual(stood.filter((table) => !forgotten.includes(table)));
    expect((await app.owner.query(total, [pseudonym])).rows).toEqual(before);
    const { rows: pockets } = await app.owner.query(
      `select name, emoji, target_minor, share_audience, closed_at is not null as closed, status
       from pocket join ledger_account using (id) where id = $1`,
      [path.pocketId],
    );
    expect(pockets).toEqual([
      { name: '', emoji: null, target_minor: null, share_audience: null, closed: true, status: 'closed' },
    ]);
    expect(await findLedgerFaults(app.owner)).toEqual([]);
  });

  test('leaves nothing of what they asked others, nor others them', async () => {
    const [as, friend] = [await createPerson(app), await createPerson(app)];
    const [mine, theirs] = [await createPocket(app, as), await createPocket(app, friend)].map(({ id }) => ({ pocketId: id })); // prettier-ignore
    if (!mine || !theirs) throw new Error('there are two pockets');
    const sides = [
      { from: as, to: friend, path: mine },
      { from: friend, to: as, path: theirs },
    ];
    for (const { from, to, path } of sides) {
      const memberIds = [to.userId];
      const endsAt = new Date(app.clock.now().getTime() + 86_400_000).toISOString();
      await app.client.createInvitation({ as: from, path, body: { userId: to.userId, role: 'viewer' } }).expect(201);
      await app.client.lockPocket({ as: from, path, body: { delayHours: 1, guardianId: to.userId } }).expect(200);
      await app.client
        .createChallenge({ as: from, body: { name: 'Race', kind: 'streak', memberIds, endsAt } })
        .expect(201);
      await app.client.unlockPocket({ as: from, path }).expect(202);
    }
    const rule = { kind: 'recurring', amount: eur(100), every: 'week', day: 1 } as const;
    await app.client.createRule({ as, path: mine, body: rule, headers: withKey() }).expect(201);
    await app.client.putPreferences({ as, body: { timeZone: 'Asia/Tokyo' } }).expect(200);
    const stood = await tablesThatSay(as.userId);

    await erase(as, newId()).expect(204);

    expect(stood).toEqual(expect.arrayContaining(['asked_person', 'challenge_member', 'person_preference', 'pocket_guardian', 'pocket_invitation'])); // prettier-ignore
    expect(await tablesThatSay(as.userId)).toEqual([]);
  });

  test('takes nothing from anybody else', async () => {
    const other = await savedPocket(app, 300);
    const bank = await linkBankAccount(app, other.as);
    const { as } = await createPersonWithPast();

    await erase(as, newId()).expect(204);

    expect(await blockersOf(other.as)).toEqual([{ kind: 'balance', ids: [other.path.pocketId] }]);
    expect((await app.client.getHome({ as: other.as }).expect(200)).body).toMatchObject({
      pockets: { total: 1, items: [{ name: 'Trip', balance: eur(300) }] },
      balances: { items: [{ accountId: bank.accountId }] },
    });
  });

  test('is refused while something is in the way, and does nothing then', async () => {
    const { as, path } = await savedPocket(app, 700);
    const { id: transferId } = await startTransfer(app, 'createDeposit', as, 100);
    const pseudonym = newId();

    const { body } = await erase(as, pseudonym).expect(409);

    expect(body).toMatchObject({
      code: 'closing_blocked',
      blockers: [
        { kind: 'balance', ids: [path.pocketId] },
        { kind: 'pending_transfer', ids: [transferId] },
      ],
    });
    expect(await tablesThatSay(pseudonym)).toEqual([]);
    expect((await app.client.getPocket({ as, path }).expect(200)).body).toMatchObject({ name: 'Trip', status: 'open' });
  });

  test('changes nothing the second time, or for somebody without money', async () => {
    const { as } = await createPersonWithPast();
    const pseudonym = newId();
    await erase(as, pseudonym).expect(204);

    await erase(as, pseudonym).expect(204);
    await erase(as, newId()).expect(204);
    await erase({ userId: randomUUID() }, newId()).expect(204);

    expect(await tablesThatSay(pseudonym)).toContain('ledger_entry');
  });

  test('happens once when many ask at the same time', async () => {
    const { as } = await createPersonWithPast();
    const pseudonym = newId();

    await Promise.all(Array.from({ length: 8 }, () => erase(as, pseudonym).expect(204)));

    expect(await tablesThatSay(as.userId)).toEqual([]);
    expect(await findLedgerFaults(app.owner)).toEqual([]);
  });

  test('drops what flagship tells of the person afterwards, and at the same time', async () => {
    const { as } = await createPersonWithPast();

    await Promise.all([erase(as, newId()).expect(204), ...Array.from({ length: 6 }, () => linkBankAccount(app, as))]);
    await linkBankAccount(app, as);

    expect(await tablesThatSay(as.userId)).toEqual([]);
  });

  test('lets a transfer be returned later: it is booked under the pseudonym', async () => {
    const { as, depositId, withdrawalId } = await createPersonWithPast();
    const pseudonym = newId();
    await erase(as, pseudonym).expect(204);

    await tell(app, withdrawalId, 'returned', 9).expect(200);
    await tell(app, depositId, 'returned', 9).expect(200);

    const { rows } = await app.owner.query<{ sum: string }>(
      `select coalesce(sum(posted_minor), 0)::text as sum from ledger_account where owner_id = $1`,
      [pseudonym],
    );
    expect(rows).toEqual([{ sum: '0' }]);
    expect(await tablesThatSay(as.userId)).toEqual([]);
    expect(await findLedgerFaults(app.owner)).toEqual([]);
  });

  test('takes no pseudonym that is somebody, and not the house', async () => {
    const { as } = await createPersonWithPast();
    const other = await savedPocket(app, 300);
    const house = '00000000-0000-0000-0000-000000000000';

    expect((await erase(as, other.as.userId)).status).toBe(500);
    await erase(as, house).expect(403);
    await erase({ userId: house }, newId()).expect(403);

    expect(await tablesThatSay(as.userId)).toContain('ledger_entry');
  });

  test('is for social alone', async () => {
    const path = await createPerson(app);
    const body = { pseudonym: newId() };

    await app.flagship.erasePerson({ as: asService, path, body }).expect(403);
    await app.client.erasePerson({ as: path, path, body }).expect(403);
    await app.social.erasePerson({ as: asService, path, body: {} as never }).expect(400);
    await app.social.erasePerson({ as: asService, path, body: { pseudonym: 'x' } }).expect(400);
  });

  test('is the only change that the ledger allows: its owner cannot make another one in its name', async () => {
    const { as } = await createPersonWithPast();
    const pseudonym = newId();
    const owner = await app.owner.connect();
    const mine = `where owner_id = '${as.userId}'`;

    for (const change of [
      `update ledger_entry set owner_id = '${pseudonym}', amount_minor = amount_minor + 1 ${mine}`,
      `update ledger_entry set owner_id = '${newId()}' ${mine}`,
      `update ledger_transaction set owner_id = '${pseudonym}', note = 'another' ${mine}`,
      `update ledger_account set owner_id = '${pseudonym}', currency = 'USD' ${mine}`,
      `delete from ledger_entry ${mine}`,
    ]) {
      await owner.query('begin');
      await owner.query(`select set_config('financial.erasure', '${as.userId} ${pseudonym}', true)`);
      await expect(owner.query(change)).rejects.toThrow('append-only');
      await owner.query('rollback');
    }
    owner.release();
    await expect(app.process.query(`update ledger_entry set owner_id = '${pseudonym}' ${mine}`)).rejects.toThrow(
      'permission denied',
    );
  });
});
