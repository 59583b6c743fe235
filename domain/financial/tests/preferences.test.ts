import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beginningOf, dayIn, endOf } from '../helpers/time-zones.ts';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { put, sharedPocket, take } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
afterAll(() => app.stop());

/** Far ahead and far behind, half an hour and three quarters, with and without summer time, some at midnight. */
const zones = [
  ...['Pacific/Kiritimati', 'Pacific/Chatham', 'Asia/Kathmandu', 'Asia/Kolkata', 'Europe/Berlin', 'UTC'],
  ...['America/Havana', 'America/Sao_Paulo', 'America/St_Johns', 'Pacific/Marquesas', 'Pacific/Pago_Pago'],
];

const prefer = (as: Person, timeZone: string) => app.client.putPreferences({ as, body: { timeZone } });

async function planOf(as: Person, path: { pocketId: string }) {
  return (await app.client.getPocket({ as, path }).expect(200)).body.plan;
}

describe('preferences', () => {
  test('are UTC until the person says another time zone, and everybody’s own', async () => {
    const [as, other] = [await createPerson(app), await createPerson(app)];

    const before = await app.client.getPreferences({ as }).expect(200);
    const put = await prefer(as, 'Europe/Berlin').expect(200);
    await prefer(as, 'Europe/Berlin').expect(200);

    expect(before.body).toEqual({ timeZone: 'UTC' });
    expect(put.body).toEqual({ timeZone: 'Europe/Berlin' });
    expect((await app.client.getPreferences({ as }).expect(200)).body).toEqual(put.body);
    expect((await app.client.getPreferences({ as: other }).expect(200)).body).toEqual(before.body);
  });

  test('take a name of the time zone database and nothing else', async () => {
    const as = await createPerson(app);

    expect((await prefer(as, 'Europe/Atlantis').expect(422)).body.code).toBe('time_zone_unknown');
    for (const timeZone of ['+02:00', '', "UTC'; drop table pocket", 'A'.repeat(65)])
      await prefer(as, timeZone).expect(400);
    expect((await app.client.getPreferences({ as }).expect(200)).body).toEqual({ timeZone: 'UTC' });
  });

  test('are forgotten with the person', async () => {
    const as = await createPerson(app);
    await prefer(as, 'Asia/Tokyo').expect(200);

    await app.social.erasePerson({ as: { service: true }, path: as, body: { pseudonym: randomUUID() } }).expect(204);

    const { rows } = await app.owner.query('select from person_preference where person_id = $1', [as.userId]);
    expect(rows).toEqual([]);
    await prefer(as, 'Asia/Tokyo').expect(403);
  });
});

describe('days of a time zone', () => {
  test('begin and end where PostgreSQL has them', async () => {
    const days = fc.sample(
      fc.record({
        zone: fc.constantFrom(...zones),
        moment: fc.date({ min: new Date('1990-01-01'), max: new Date('2045-01-01'), noInvalidDate: true }),
      }),
      { numRuns: 300, seed: 22 },
    );
    const wanted = days.map(({ zone, moment }) => ({ zone, day: dayIn(zone, moment), moment: moment.toISOString() }));

    const { rows } = await app.owner.query<{ day: string; begins: Date; ends: Date }>(
      `select day_in(zone, moment)::text as day, beginning_of(day, zone) as begins, beginning_of(day + 1, zone) as ends
       from rows from (jsonb_to_recordset($1) as (zone text, day date, moment timestamptz)) with ordinality as given (zone, day, moment, place) order by place`,
      [JSON.stringify(wanted)],
    );

    expect(rows).toEqual(
      wanted.map(({ zone, day }) => ({ day, begins: beginningOf(day, zone), ends: endOf(day, zone) })),
    );
  });

  test('decide a plan, what is a coming date, and the tag', async () => {
    app.clock.set(new Date('2026-11-30T23:30:00Z'));
    const as = await createPerson(app);
    const path = { pocketId: (await createPocket(app, as, { target: eur(300), targetDate: '2027-02-01' })).id };
    const utc = await app.client.getPocket({ as, path }).expect(200);
    await prefer(as, 'Europe/Berlin').expect(200);

    const berlin = await app.client.getPocket({ as, path }).expect(200);
    const dated = { target: eur(300), targetDate: '2026-12-01' };
    const refused = await app.client
      .createPocket({ as, body: { name: 'Late', currency: 'EUR', ...dated } })
      .expect(422);
    const changed = await app.client.updatePocket({ as, path, body: { targetDate: '2026-12-01' } }).expect(422);
    const tag = { 'If-Match': berlin.headers['etag'] ?? '' };

    expect(utc.body.plan.basis).toMatchObject({ asOf: '2026-11-30', monthsLeft: 2 });
    expect(berlin.body.plan.basis).toMatchObject({ asOf: '2026-12-01', monthsLeft: 2 });
    expect([refused.body, changed.body]).toMatchObject([
      { code: 'target_date_passed' },
      { code: 'target_date_passed' },
    ]);
    expect(berlin.headers['etag']).not.toBe(utc.headers['etag']);
    await app.client.updatePocket({ as, path, headers: tag, body: { name: 'Trip 2' } }).expect(200);
  });

  test('bound statements, and balances at a day', async () => {
    app.clock.set(new Date('2026-10-31T22:59:59.999Z'));
    const as = await createPerson(app, { wallet: 1_000 });
    const path = { pocketId: (await createPocket(app, as)).id };
    await prefer(as, 'Europe/Berlin').expect(200);
    await put(app, as, path, 1);
    app.clock.set(new Date('2026-10-31T23:00:00Z'));
    await put(app, as, path, 10);
    app.clock.set(new Date('2026-11-30T22:59:59.999Z'));
    await put(app, as, path, 100);
    app.clock.set(new Date('2026-11-30T23:00:00Z'));
    await put(app, as, path, 500);

    const query = { from: '2026-11-01', to: '2026-11-30' };
    const { body, headers } = await app.client.getPocketStatement({ as, path, query }).expect(200);
    const { body: wallet } = await app.client
      .getWalletStatement({ as, query: { ...query, currency: 'EUR' } })
      .expect(200);
    const { body: present } = await app.client.getPocketStatement({ as, path, query: {} }).expect(200);
    const at = async (day: string) =>
      (await app.client.getPocketBalance({ as, path, query: { at: day } }).expect(200)).body;

    const november = { from: '2026-10-31T23:00:00.000Z', to: '2026-11-30T23:00:00.000Z' };
    expect(body).toMatchObject({
      ...november,
      opening: eur(1),
      closing: eur(111),
      lines: [{ amountMinor: 10 }, { amountMinor: 100 }],
    });
    expect(headers['content-disposition']).toContain('statement-2026-11-01-2026-11-30.json');
    expect(wallet).toMatchObject({ ...november, opening: eur(999), closing: eur(889) });
    expect(present).toMatchObject({ from: november.to, to: '2026-12-01T23:00:00.000Z', closing: eur(611) });
    expect(await at('2026-10-31')).toMatchObject({ balance: eur(1), at: '2026-10-31T22:59:59.999Z' });
    expect(await at('2026-11-30')).toMatchObject({ balance: eur(111) });
    expect(await at('2026-12-01')).toMatchObject({ balance: eur(611) });
    const { body: screen } = await app.client.getPocketScreen({ as, path }).expect(200);
    expect(screen.history.points.slice(0, 2)).toEqual([
      { day: '2026-10-31', balanceMinor: 1 },
      { day: '2026-11-01', balanceMinor: 11 },
    ]);
    expect(screen.history.points.slice(-2)).toEqual([
      { day: '2026-11-30', balanceMinor: 111 },
      { day: '2026-12-01', balanceMinor: 611 },
    ]);
  });

  test('are those of a new rule that names no zone', async () => {
    const as = await createPerson(app);
    const path = { pocketId: (await createPocket(app, as)).id };
    await prefer(as, 'Asia/Tokyo').expect(200);
    const rule = { kind: 'recurring' as const, amount: eur(10), every: 'month' as const, day: 31 };

    const { body: own } = await app.client.createRule({ as, path, body: rule }).expect(201);
    const { body: named } = await app.client.createRule({ as, path, body: { ...rule, timeZone: 'UTC' } }).expect(201);
    await prefer(as, 'Europe/Berlin').expect(200);

    expect([own, named]).toMatchObject([{ timeZone: 'Asia/Tokyo' }, { timeZone: 'UTC' }]);
    const { body: rules } = await app.client.listRules({ as, path }).expect(200);
    expect(rules.items.map(({ timeZone }) => timeZone)).toEqual(['Asia/Tokyo', 'UTC']);
  });
});

describe('months of a time zone', () => {
  /** Saved in every zone's first and last hours of seven months, with opening money and a sweep that are not saving. */
  async function savedThroughMonths() {
    app.clock.set(new Date('2026-04-30T10:00:00Z'));
    const { owner, one, path } = await sharedPocket(app, [50_000, 0]);
    const swept = await app.client
      .createPocket({
        as: owner,
        headers: withKey(),
        body: { name: 'Old', currency: 'EUR', openingAmount: { ...eur(7), source: { type: 'pocket', ...path } } },
      })
      .expect(201);
    let sum = 1;
    for (const edge of ['05', '06', '07', '08', '09', '10', '11']) {
      for (const hours of [-14.5, -12.75, -5.5, -0.25, 0, 0.25, 9.25, 11.75, 15]) {
        app.clock.set(new Date(Date.parse(`2026-${edge}-01T00:00:00Z`) + hours * 3_600_000));
        await take(app, owner, path, (sum += 3)).expect(201);
      }
    }
    app.clock.set(new Date('2026-11-30T23:00:00Z'));
    const sweep = { sweepToPocketId: path.pocketId };
    await app.client
      .closePocket({ as: owner, path: { pocketId: swept.body.id }, headers: withKey(), body: sweep })
      .expect(200);
    return { owner, one, path };
  }

  test('are counted exactly, by each member’s own', async () => {
    const { owner, one, path } = await savedThroughMonths();

    for (const zone of zones) {
      const { rows } = await app.owner.query<{ month: string; net: number }>(
        `select to_char(day_in($2, booked_at), 'YYYY-MM') as month, sum(amount_minor)::int as net
         from ledger_entry entry join ledger_transaction booked on booked.id = entry.transaction_id
         where account_id = $1 and kind not in ('opening', 'sweep') group by 1 order by 1 desc`,
        [path.pocketId, zone],
      );
      const { rows: kept } = await app.owner.query<{ months: { month: string; netMinor: number }[] }>(
        'select months_in($1, $2) as months',
        [path.pocketId, zone],
      );
      const months = kept[0]?.months.filter(({ netMinor }) => netMinor !== 0) ?? [];
      expect([zone, months]).toEqual([
        zone,
        rows.slice(0, months.length).map(({ month, net }) => ({ month, netMinor: net })),
      ]);
      expect(months.length).toBeGreaterThanOrEqual(4);
    }
    await prefer(one, 'Pacific/Kiritimati').expect(200);
    expect((await planOf(owner, path)).basis).toMatchObject({ asOf: '2026-11-30' });
    expect((await planOf(one, path)).basis).toMatchObject({ asOf: '2026-12-01' });
  });

  test('decide the pace: what came in the last night of a month there counts for it', async () => {
    app.clock.set(new Date('2026-07-15T10:00:00Z'));
    const as = await createPerson(app, { wallet: 1_000 });
    const path = { pocketId: (await createPocket(app, as, { target: eur(900) })).id };
    app.clock.set(new Date('2026-11-01T03:00:00Z'));
    await put(app, as, path, 300);
    app.clock.set(new Date('2026-11-20T12:00:00Z'));

    const utc = await planOf(as, path);
    await prefer(as, 'America/Havana').expect(200);
    const havana = await planOf(as, path);

    expect(utc).toMatchObject({ paceMinor: 0, projectedDate: null });
    expect(havana).toMatchObject({
      paceMinor: 100,
      projectedDate: '2027-05-20',
      basis: { pace: 'history', monthsObserved: 3 },
    });
    const { body } = await app.client.listPockets({ as }).expect(200);
    expect(body.items[0]?.plan).toEqual(havana);
  });
});
