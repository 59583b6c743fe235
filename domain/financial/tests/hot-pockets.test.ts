import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Caller } from '#platform/caller';
import { newContext, runInContext } from '#platform/request-context';
import { createContext } from '../context.ts';
import { createMovementQueue } from '../services/movement-queue.ts';
import { createContribution } from '../services/movements.ts';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { balanceIn, join, setPolicy, sharedPocket, take, tally, walletsOf } from './shared-pocket.ts';
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

interface Path {
  pocketId: string;
}

function contribute(as: Person, path: Path, sum: number, key?: string) {
  return app.client.createContribution({ as, path, headers: withKey(key), body: { amount: eur(sum) } });
}

/** A movement, or a problem. */
function said({ body }: { body: unknown }) {
  return body as { id?: string; amount?: { amountMinor: number; currency: string }; code?: string };
}

/** The transactions of PostgreSQL in which the movements of a pocket were booked. */
async function countCommits({ pocketId }: Path): Promise<number> {
  const { rows } = await app.owner.query<{ commits: number }>(
    'select count(distinct xmin::text)::int as commits from ledger_entry where account_id = $1',
    [pocketId],
  );
  return rows[0]?.commits ?? 0;
}

async function listMovements(as: Person, path: Path) {
  return (await app.client.listMovements({ as, path, query: { limit: 100 } }).expect(200)).body.items;
}

/** A contribution of 1 as it stands in a group. */
function waitingContribution(ownerId: string) {
  const cause = { key: randomUUID(), hash: 'a', source: 'person', at: app.clock.now() };
  return { operation: 'createContribution', ownerId, amountMinor: 1, currency: 'EUR', note: null, ...cause };
}

/** Adds members without invitations, as many as a pocket may have. */
async function fillWithMembers({ pocketId }: Path, people: Person[]): Promise<void> {
  await app.owner.query(
    `insert into pocket_member (pocket_id, member_id, role, joined_at)
     select $1, id, 'contributor', $3 from unnest($2::uuid[]) id`,
    [pocketId, people.map(({ userId }) => userId), app.clock.now()],
  );
}

describe('a pocket that many move at the same time', () => {
  test('gives 50 who take 10 out of 100 ten times yes, forty times no, and is empty', async () => {
    const { as, path } = await savedPocket(app, 100);

    const answers = await Promise.all(Array.from({ length: 50 }, () => take(app, as, path, 10)));

    expect(tally(answers)).toEqual({ 201: 10, 409: 40 });
    const refused = answers.flatMap((answer) => said(answer).code ?? []);
    expect(new Set(refused)).toEqual(new Set(['insufficient_funds']));
    expect(await balanceIn(app, as, path)).toBe(0);
    expect(await walletsOf(app, [as])).toEqual([100]);
  });

  test('of 200 members takes what 16 of them put in at once, together, and credits each with their own', async () => {
    const owner = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };
    const savers = await Promise.all(Array.from({ length: 16 }, () => createPerson(app, { wallet: 100 })));
    const others = Array.from({ length: 183 }, () => ({ userId: randomUUID() }));
    await fillWithMembers(path, [...savers, ...others]);

    const answers = await Promise.all(savers.flatMap((as, n) => [1, 2, 3].map((k) => contribute(as, path, n + k))));

    expect(tally(answers)).toEqual({ 201: 48 });
    const total = savers.reduce((sum, _, n) => sum + 3 * n + 6, 0);
    expect(await balanceIn(app, owner, path)).toBe(total);
    expect(await walletsOf(app, savers)).toEqual(savers.map((_, n) => 94 - 3 * n));
    const { rows } = await app.owner.query<{ id: string; sum: number }>(
      'select member_id as id, contributed_minor::int as sum from pocket_member where pocket_id = $1 and contributed_minor > 0',
      [path.pocketId],
    );
    expect(new Map(rows.map(({ id, sum }) => [id, sum]))).toEqual(
      new Map(savers.map(({ userId }, n) => [userId, 3 * n + 6])),
    );
    expect(await countCommits(path)).toBeLessThan(48);
  });

  test('answers each of a group with their own movement, and each movement with the balance after it', async () => {
    const { as, path } = await savedPocket(app, 100);
    await take(app, as, path, 50).expect(201);

    const answers = await Promise.all([5, 4, 3, 2, 1].map((sum) => contribute(as, path, sum)));
    const taken = await Promise.all([6, 7, 8].map((sum) => take(app, as, path, sum)));

    expect(answers.map((answer) => said(answer).amount)).toEqual([5, 4, 3, 2, 1].map(eur));
    expect(taken.map((answer) => said(answer).amount)).toEqual([-6, -7, -8].map(eur));
    const [newest, ...older] = await listMovements(as, path);
    expect(newest?.balanceAfter).toEqual(eur(44));
    const balances = [newest, ...older].map((movement) => movement?.balanceAfter.amountMinor ?? NaN);
    const sums = [newest, ...older].map((movement) => movement?.amount.amountMinor ?? NaN);
    expect(balances.slice(0, -1)).toEqual(balances.slice(1).map((before, n) => before + (sums[n] ?? NaN)));
  });

  test('books a key once, however often and beside whatever it comes, and gives the same answer again', async () => {
    const { as, path } = await savedPocket(app, 100);
    await take(app, as, path, 100).expect(201);
    const key = randomUUID();

    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => contribute(as, path, 2, n % 3 === 0 ? undefined : key)),
    );
    const again = await contribute(as, path, 2, key).expect(201);

    for (const { status } of answers) expect([201, 409]).toContain(status);
    const ids = answers.flatMap((answer) => said(answer).id ?? []);
    expect(ids).toContain(again.body.id);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await balanceIn(app, as, path)).toBe(2 * 11);
    expect((await contribute(as, path, 3, key)).body).toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('refuses in a group whom it would refuse alone, with the same codes, and nobody else', async () => {
    const { owner, one, two, three, path } = await sharedPocket(app, [100, 100, 100, 100]);
    const stranger = await createPerson(app, { wallet: 100 });
    const poor = await join(app, owner, path);
    const viewer = await join(app, owner, path, { role: 'viewer', wallet: 100 });
    const frozen = await join(app, owner, path, { wallet: 100 });
    await setPolicy(app, owner, path, { approvals: 2, aboveMinor: 40 }).expect(200);
    await app.owner.query(
      `with decided as (insert into freeze_decision (id, subject_kind, subject_id, action, reason, staff_id, decided_at)
         values ($1, 'person', $1, 'freeze', 'a test', 'staff', now()) returning id)
       insert into money_freeze (subject_id, subject_kind, decision_id) select id, 'person', id from decided`,
      [frozen.userId],
    );

    const [first, ...answers] = await Promise.all([
      take(app, owner, path, 1),
      take(app, one, path, 40),
      take(app, two, path, 41),
      contribute(stranger, path, 1),
      contribute(poor, path, 1),
      contribute(viewer, path, 1),
      contribute(frozen, path, 1),
      app.client.createContribution({
        as: three,
        path,
        headers: withKey(),
        body: { amount: { amountMinor: 1, currency: 'USD' } },
      }),
      take(app, three, path, 1),
    ]);

    expect(first.status).toBe(201);
    expect(answers.map((answer) => said(answer).code ?? answer.status)).toEqual([
      ...[201, 202, 'not_found', 'insufficient_funds', 'forbidden', 'money_frozen', 'fx_not_supported', 201],
    ]);
    expect(await balanceIn(app, owner, path)).toBe(400 - 42);
  });

  test('goes on for the others while somebody holds the wallet of one of them', async () => {
    const { owner, path } = await sharedPocket(app, [100]);
    const [busy, one] = [await join(app, owner, path, { wallet: 10 }), await join(app, owner, path, { wallet: 10 })];
    const group = [busy, one, busy, one].map(({ userId }) => waitingContribution(userId));
    const holder = await app.owner.connect();
    await holder.query('begin');
    await holder.query('select from ledger_account where holder_id = $1 for update', [busy.userId]);

    const { rows } = await app.process.query<{ place: number }>('select place from move_together($1) order by place', [
      JSON.stringify({ ...path, movements: group }),
    ]);

    await holder.query('rollback');
    holder.release();
    expect(rows).toEqual([{ place: 2 }, { place: 4 }]);
    expect(await walletsOf(app, [busy, one])).toEqual([10, 8]);
  });

  test('books them at one moment, and never before what it has booked', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };
    const first = app.clock.now();
    const contributionsAt = (times: number[]) =>
      times.map((ms) => ({ ...waitingContribution(as.userId), at: new Date(first.getTime() + ms) }));
    const momentsOf = async (movements: object[]) => {
      const { rows } = await app.process.query<{ at: string }>(
        `select body ->> 'createdAt' as at from move_together($1) order by place`,
        [JSON.stringify({ ...path, movements })],
      );
      return rows.map(({ at }) => new Date(at).getTime() - first.getTime());
    };

    expect(await momentsOf(contributionsAt([-600_000, -600_000]))).toEqual([0, 0]);
    expect(await momentsOf(contributionsAt([0, 60_000, -1]))).toEqual([60_000, 60_000, 60_000]);
  });

  test('counts each quarter of its target once, at the movement that reaches it', async () => {
    const as = await createPerson(app, { wallet: 200 });
    const path = { pocketId: (await createPocket(app, as, { target: eur(100) })).id };

    const answers = await Promise.all(Array.from({ length: 20 }, () => contribute(as, path, 7)));

    expect(tally(answers)).toEqual({ 201: 20 });
    const { body } = await app.client.listMilestones({ as, path }).expect(200);
    expect(body.items.map(({ percent }) => percent)).toEqual([25, 50, 75, 100]);
  });

  test('that is closed meanwhile takes nothing more', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };

    const [closed, ...answers] = await Promise.all([
      app.client.closePocket({ as, path, headers: withKey(), body: {} }),
      ...Array.from({ length: 20 }, () => contribute(as, path, 1)),
    ]);

    const booked = answers.filter(({ status }) => status === 201).length;
    for (const { status, body } of answers) if (status !== 201) expect(body).toMatchObject({ code: 'pocket_closed' });
    expect(await walletsOf(app, [as])).toEqual([100 - (closed.status === 200 ? 0 : booked)]);
  });
});

describe('the queue of a pocket', () => {
  /** Four contributions to one pocket at once, of which the first goes alone; the third is of somebody else, and as it is told. */
  async function queueFour(third: Person, inContext: <T>(work: () => T) => T = (work) => work()) {
    const { ctx, resources } = createContext(
      'test',
      { databaseUrl: app.databases.url('financial'), logLevel: 'silent' },
      app.clock,
    );
    const using = { ...ctx, queue: createMovementQueue(ctx) };
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };
    const add = ({ userId }: Person) =>
      createContribution(using, Caller.member('bff-mobile', userId), { key: randomUUID(), ...path, ...eur(5) });

    const settled = await Promise.allSettled([add(as), add(as), inContext(() => add(third)), add(as)]);
    for (const resource of resources) await resource.close();
    const [, , { reason: refused } = { reason: undefined }] = settled as { reason?: unknown }[];
    return { states: settled.map(({ status }) => status), refused, balance: await balanceIn(app, as, path) };
  }

  test('sends everybody alone when one of them breaks the group', async () => {
    const { states, balance } = await queueFour({ userId: 'nobody at all' });

    expect(states).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(balance).toBe(15);
  });

  test('does not book what nobody waits for any more', async () => {
    const third = await createPerson(app, { wallet: 100 });
    const late = { ...newContext(0), deadline: Date.now() - 1 };

    const { states, refused, balance } = await queueFour(third, (work) => runInContext(late, work));

    expect(states).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(refused).toMatchObject({ code: 'overloaded' });
    expect(balance).toBe(15);
    expect(await walletsOf(app, [third])).toEqual([100]);
  });
});

test('a page of movements is read by an index, wherever it begins', async () => {
  const { path } = await savedPocket(app, 10);
  const client = await app.process.connect();
  try {
    await client.query('begin');
    await client.query('set local enable_seqscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain select to_jsonb(movement) as movement from movement_facts movement
       where "pocketId" = '${path.pocketId}' and seq < 900000 order by seq desc limit 21`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');

    expect(plan).toMatch(/Index Scan Backward using ledger_entry_account_id_seq_key on ledger_entry/);
    expect(plan).toMatch(/seq < 900000/);
    expect(plan).not.toMatch(/Sort/);
    await client.query('rollback');
  } finally {
    client.release();
  }
});

test('the process role may move together, but not step by step', async () => {
  for (const call of [
    `book_together(uuidv7(), '{}')`,
    `keep_together(uuidv7(), '{}')`,
    `carry_together(uuidv7(), '{}')`,
  ])
    await expect(app.process.query(`select ${call}`)).rejects.toThrow(/permission denied for function/);
});
