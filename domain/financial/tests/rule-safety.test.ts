import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { runRules } from '../services/rule-runs.ts';
import { createPocket, eur, withKey } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { createRule, createSaver, outcomesOf, posted, runsOf, startRuleWorld, tellPosted } from './rule-world.ts';
import type { RuleWorld, Saver } from './rule-world.ts';
import { join } from './shared-pocket.ts';
import { balanceOf, walletOf } from './steps.ts';

const asService = { service: true } as const;
const minuteMs = 60_000;

let world: RuleWorld;
beforeAll(async () => {
  world = await startRuleWorld(new Date('2026-11-22T09:30:00Z'));
});
afterAll(async () => {
  const faults = await findLedgerFaults(world.owner);
  await world.stop();
  expect(faults).toEqual([]);
});

/** A run that is open, and the job that decides it taken away, as when its worker dies for good. */
async function strandedRun(saver: Saver) {
  await createRule(world, saver, { kind: 'round_up' });
  const lock = await world.owner.connect();
  await lock.query('begin');
  await lock.query('select from ledger_account where id = $1 for update', [saver.path.pocketId]);
  await tellPosted(world, saver.as, posted(world, -360));
  return lock;
}

async function jobsOf({ as }: Saver) {
  const { rows } = await world.process.query<{ id: string; locked: boolean }>(
    `select job.id::text, job.locked_at is not null as locked from financial_jobs._private_jobs job
     where job.payload ->> 'personId' = $1`,
    [as.userId],
  );
  return rows;
}

describe('a run is booked once', () => {
  test('when the database goes away under it', async () => {
    const saver = await createSaver(world);
    const lock = await strandedRun(saver);
    const victim = await waitFor('the worker to wait for the account', async () => {
      const { rows } = await world.owner.query<{ pid: number }>(
        `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%run_next_rule%' and datname = current_database()`,
      );
      return rows[0]?.pid;
    });

    await world.process.query('select pg_terminate_backend($1)', [victim]);
    await lock.query('rollback');
    lock.release();
    await world.process.query('update financial_jobs._private_jobs set run_at = now() where locked_at is null');
    await waitFor('the run', async () => (await runsOf(world, saver)).every(({ status }) => status !== 'due'));
    await world.settle();

    expect(await outcomesOf(world, saver)).toEqual([40]);
    expect(await balanceOf(world, saver)).toBe(40);
  });

  test('when what decided it was undone before it could be kept', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'round_up' });
    const lock = await world.owner.connect();
    await lock.query('begin');
    const request = { personId: saver.as.userId, at: world.clock.now() };
    const news = posted(world, -360);
    const told = { ...news, ...news.amount, possibleDuplicate: false };
    await lock.query('select note_bank_transactions($1)', [JSON.stringify({ ...request, transactions: [told] })]);
    await lock.query('select run_next_rule($1)', [JSON.stringify(request)]);
    await lock.query('rollback');
    lock.release();
    expect(await runsOf(world, saver)).toEqual([]);

    await tellPosted(world, saver.as, news);
    await world.settle();

    expect(await balanceOf(world, saver)).toBe(40);
  });

  test('when its job is lost: the minute finds it', async () => {
    const saver = await createSaver(world);
    await createRule(world, saver, { kind: 'round_up' });
    const request = { personId: saver.as.userId, at: world.clock.now() };
    const news = posted(world, -360);
    const told = { ...news, ...news.amount, possibleDuplicate: false };
    const lost = await world.owner.connect();
    await lost.query('begin');
    await lost.query('select note_bank_transactions($1)', [JSON.stringify({ ...request, transactions: [told] })]);
    await lost.query(`select financial_jobs.remove_job('runRules:' || $1)`, [saver.as.userId]);
    await lost.query('commit');
    lost.release();

    await world.tick();
    expect((await runsOf(world, saver)).map(({ status }) => status)).toEqual(['due']);
    world.clock.advance(2 * minuteMs);
    await world.tick();

    expect(await outcomesOf(world, saver)).toEqual([40]);
    expect(await jobsOf(saver)).toEqual([]);
  });

  test('while many decide at once, and the person moves the same money', async () => {
    const saver = await createSaver(world, { wallet: 1_000 });
    const other = await createPocket(world, saver.as);
    await createRule(world, saver, { kind: 'round_up', toMinor: 100 });
    const news = Array.from({ length: 30 }, () => posted(world, -350));

    await Promise.all([
      ...news.map((transaction) => tellPosted(world, saver.as, transaction)),
      ...news.map(() =>
        world.client.createContribution({
          as: saver.as,
          path: { pocketId: other.id },
          headers: withKey(),
          body: { amount: eur(50) },
        }),
      ),
      ...Array.from({ length: 8 }, () =>
        world.process.query('select run_next_rule($1)', [
          JSON.stringify({ personId: saver.as.userId, at: world.clock.now() }),
        ]),
      ),
    ]);
    await world.settle();

    const saved = await balanceOf(world, saver);
    const moved = await balanceOf(world, { as: saver.as, path: { pocketId: other.id } });
    expect(saved + moved).toBe(1_000);
    const booked = (await runsOf(world, saver)).filter(({ status }) => status === 'booked');
    expect(booked).toHaveLength(saved / 50);
    expect(new Set(booked.map(({ transactionId }) => transactionId)).size).toBe(booked.length);
  });
});

test('a run that cannot be decided waits for somebody, and holds up no other', async () => {
  const saver = await createSaver(world);
  const broken = await createRule(world, saver, { kind: 'percent_of_income', percent: 10, priority: 10 });
  await createRule(world, saver, { kind: 'percent_of_income', percent: 20 });
  const setPercent = (percent: string) =>
    world.owner.query(`update rule set settings = jsonb_build_object('percent', $2::text) where id = $1`, [
      broken.id,
      percent,
    ]);
  await setPercent('much');

  await tellPosted(world, saver.as, posted(world, 1_000));
  await world.settle();
  const faults: object[] = [];
  const log = Object.assign(Object.create(world.ctx.log) as typeof world.ctx.log, {
    error: (facts: object) => faults.push(facts),
  });
  await runRules({ ...world.ctx, log }, saver.as.userId);

  const [waiting, ...others] = (await runsOf(world, saver)).reverse();
  expect(waiting).toMatchObject({ ruleId: broken.id, status: 'due', parts: [] });
  expect(others).toMatchObject([{ status: 'booked', amount: eur(200) }]);
  expect(faults).toMatchObject([{ runId: waiting?.id }]);

  await setPercent('10');
  world.clock.advance(2 * minuteMs);
  await world.tick();

  expect(await outcomesOf(world, saver)).toEqual([100, 200]);
});

describe('rules of a shared pocket', () => {
  test('are each member’s own, and take each member’s own money', async () => {
    const owner = await createSaver(world);
    const as = await join(world, owner.as, owner.path, { wallet: 5_000 });
    const member = { as, path: owner.path };
    const rule = await createRule(world, member, { kind: 'percent_of_income', percent: 10 });

    await tellPosted(world, as, posted(world, 10_000));
    await world.settle();

    const { body: members } = await world.client.listPocketMembers({ ...owner, query: {} }).expect(200);
    expect(members.items.find(({ userId }) => userId === as.userId)?.contributed).toEqual(eur(1_000));
    expect((await walletOf(world, as))[0]).toBe(4_000);
    expect(await runsOf(world, owner)).toEqual([]);
    expect((await world.client.listRules(owner).expect(200)).body.items).toEqual([]);
    await world.client.getRule({ as: owner.as, path: { ...owner.path, ruleId: rule.id } }).expect(404);
  });

  test('are not for viewers, and skip while their owner is one', async () => {
    const owner = await createSaver(world);
    const as = await join(world, owner.as, owner.path, { wallet: 5_000 });
    const member = { as, path: owner.path };
    await createRule(world, member, { kind: 'percent_of_income', percent: 10 });
    const path = { ...owner.path, userId: as.userId };
    await world.client.updatePocketMember({ as: owner.as, path, body: { role: 'viewer' } }).expect(200);

    await tellPosted(world, as, posted(world, 10_000));
    await world.settle();

    expect(await outcomesOf(world, member)).toEqual(['forbidden']);
    await world.client.createRule({ ...member, body: { kind: 'round_up' } }).expect(403);
  });

  test('end with the membership, and do not come back with it', async () => {
    const owner = await createSaver(world);
    const as = await join(world, owner.as, owner.path, { wallet: 5_000 });
    const member = { as, path: owner.path };
    await createRule(world, member, { kind: 'percent_of_income', percent: 10 });
    const path = { ...owner.path, userId: as.userId };
    await world.client.deletePocketMember({ as, path }).expect(200);
    const { body: invitation } = await world.client
      .createInvitation({ ...owner, body: { userId: as.userId, role: 'contributor' } })
      .expect(201);
    await world.client.acceptInvitation({ as, path: { invitationId: invitation.id } }).expect(200);

    await tellPosted(world, as, posted(world, 10_000));
    await world.settle();

    expect((await world.client.listRules(member).expect(200)).body.items).toEqual([]);
    expect(await runsOf(world, member)).toEqual([]);
  });
});

test('frozen money does not move by a rule, and a locked pocket still fills', async () => {
  const frozen = await createSaver(world);
  const locked = await createSaver(world);
  await createRule(world, frozen, { kind: 'round_up' });
  await createRule(world, locked, { kind: 'round_up' });
  const decision = { decisionId: randomUUID(), reason: 'The account was taken over' };
  await world.client.freezeMoney({ as: { staffId: 'somebody' }, path: frozen.as, body: decision }).expect(200);
  const lock = { until: '2027-11-22T00:00:00Z', delayHours: 24 };
  await world.client.lockPocket({ ...locked, body: lock }).expect(200);

  await tellPosted(world, frozen.as, posted(world, -360));
  await tellPosted(world, locked.as, posted(world, -360));
  await world.settle();

  expect(await outcomesOf(world, frozen)).toEqual(['money_frozen']);
  expect(await outcomesOf(world, locked)).toEqual([40]);
});

test('rules end with their pocket', async () => {
  const saver = await createSaver(world);
  await createRule(world, saver, { kind: 'round_up' });
  await world.client.closePocket({ ...saver, headers: withKey(), body: {} }).expect(200);

  await tellPosted(world, saver.as, posted(world, -360));
  await world.settle();

  expect((await world.client.listRules(saver).expect(200)).body.items).toEqual([]);
  expect(await runsOf(world, saver)).toEqual([]);
});

test('what a rule has moved can be undone, and stays undone', async () => {
  const saver = await createSaver(world);
  await createRule(world, saver, { kind: 'round_up' });
  const news = posted(world, -360);
  await tellPosted(world, saver.as, news);
  await world.settle();
  const [run] = await runsOf(world, saver);
  const path = { movementId: run?.parts[0]?.movementId ?? '' };

  await world.client.reverseMovement({ as: saver.as, path, headers: withKey() }).expect(201);
  await tellPosted(world, saver.as, news);
  await world.settle();

  expect(await balanceOf(world, saver)).toBe(0);
});

test('nothing of an erased person runs, is heard, or says who they were', async () => {
  const saver = await createSaver(world, { wallet: 1_000 });
  await createRule(world, saver, { kind: 'round_up' });
  await tellPosted(world, saver.as, posted(world, -360));
  await world.settle();
  const { as, path } = saver;
  await world.client.createPocketWithdrawal({ as, path, headers: withKey(), body: { amount: eur(40) } }).expect(201);
  // The rest leaves through the bank: here by the owner of the schema.
  const wallet = `(select id from ledger_account where holder_id = '${as.userId}')`;
  const clearing = `(select id from ledger_account where kind = 'clearing' and currency = 'EUR')`;
  await world.owner.query(
    `select book('withdrawal', $1, 'provider', null, $2, array[${wallet}, ${clearing}], array[-1000, 1000]::bigint[])`,
    [as.userId, world.clock.now()],
  );

  const pseudonym = randomUUID();
  await world.social.erasePerson({ as: asService, path: as, body: { pseudonym } }).expect(204);
  await tellPosted(world, as, posted(world, -360));
  await world.settle();

  const { rows } = await world.owner.query<{ owner_id: string; ended: boolean }>(
    'select owner_id, ended_at is not null as ended from rule where pocket_id = $1',
    [path.pocketId],
  );
  expect(rows).toEqual([{ owner_id: pseudonym, ended: true }]);
});

test('the export of a person tells their rules and what those did', async () => {
  const saver = await createSaver(world);
  const rule = await createRule(world, saver, { kind: 'round_up', caps: { maxPerRun: eur(50) } });
  await tellPosted(world, saver.as, posted(world, -360), posted(world, -340), posted(world, -370));
  await world.settle();
  const runs = await runsOf(world, saver);

  const records: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 2, ...(cursor !== null && { cursor }) };
    const { body } = await world.social.exportPerson({ as: asService, path: saver.as, query }).expect(200);
    if (body.counts) expect(body.counts).toMatchObject({ rules: 1, ruleRuns: 3 });
    if (body.section === 'rules' || body.section === 'ruleRuns') records.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);

  expect(records.map(({ id }) => id)).toEqual([rule.id, ...runs.map(({ id }) => id).reverse()]);
  expect(records).toMatchObject([
    { kind: 'round_up', caps: '{"maxPerRunMinor": 50}', endedAt: null },
    { status: 'booked', transactionMinor: 360, amountMinor: 40 },
    { status: 'skipped', code: 'cap_reached', limit: 'maxPerRun' },
    { status: 'booked', amountMinor: 30 },
  ]);
});

test('the process cannot write rules or runs, or call what decides one', async () => {
  for (const statement of [
    'update rule set owner_id = owner_id',
    `update rule_run set status = 'due', code = null, done_at = null`,
    'delete from rule_run_part',
    'delete from rule_period_use',
    'select run_rule(id, now(), now()) from rule_run',
    'select add_rule($${}$$::jsonb)',
  ]) {
    await expect(world.process.query(statement)).rejects.toThrow('permission denied');
  }
});

test('what is coming is known until a moment', async () => {
  const saver = await createSaver(world);
  const monthly = { kind: 'recurring', amount: eur(700), every: 'month', day: 31 } as const;
  await createRule(world, saver, monthly);
  await createRule(world, saver, { ...monthly, every: 'fortnight', day: 1, pausedUntil: '2026-12-01T00:00:00Z' });
  await createRule(world, saver, { kind: 'round_up' });

  const { rows } = await world.process.query<{ day: string }>(
    `select on_day::text as day from coming_rule_sums($1, $2, '2027-01-01')`,
    [saver.as.userId, world.clock.now()],
  );

  expect(rows.map(({ day }) => day)).toEqual(['2026-11-30', '2026-12-07', '2026-12-21', '2026-12-31']);
});
