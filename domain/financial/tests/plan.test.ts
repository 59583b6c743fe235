import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dayOf } from '../helpers/calendar.ts';
import { computePlan } from '../helpers/plan.ts';
import type { SavingFacts } from '../helpers/plan.ts';

const limit = 1_000_000_000_000;
const sums = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: limit }));
const positive = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: limit }));
const moments = fc.date({ min: new Date('2000-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
const days = moments.map(dayOf);

function saving(changes: Partial<SavingFacts> = {}): SavingFacts {
  return {
    currency: 'EUR',
    balanceMinor: 0,
    targetMinor: null,
    targetDate: null,
    monthlyMinor: null,
    createdAt: '2026-01-10T12:00:00Z',
    closedAt: null,
    months: [],
    ...changes,
  };
}

/** A goal with target, date and pace, all of any size. */
const goals = fc.record({
  balanceMinor: sums,
  targetMinor: positive,
  targetDate: days,
  monthlyMinor: positive,
});

describe('a plan', () => {
  const now = new Date('2026-11-22T09:30:00Z');

  test('says what eleven months of saving need', () => {
    const plan = computePlan(saving({ targetMinor: 11_000, targetDate: '2027-10-22' }), now);

    expect(plan).toMatchObject({ status: 'behind', neededMinor: 1_000, catchUpMinor: 11_000, projectedDate: null });
    expect(plan.basis).toMatchObject({ asOf: '2026-11-22', monthsLeft: 11, remainingMinor: 11_000 });
  });

  test('judges by the mean of the last three full months', () => {
    const months = [
      { month: '2026-11', netMinor: 99_999 },
      { month: '2026-10', netMinor: 200 },
      { month: '2026-08', netMinor: 101 },
      { month: '2026-07', netMinor: 99_999 },
    ];

    const plan = computePlan(saving({ months, balanceMinor: 400, targetMinor: 1_000, targetDate: '2027-05-22' }), now);

    expect(plan).toMatchObject({
      status: 'on_track',
      paceMinor: 100,
      neededMinor: 100,
      catchUpMinor: 0,
      projectedDate: '2027-05-22',
    });
    expect(plan.basis).toMatchObject({ pace: 'history', monthsObserved: 3 });
    expect(plan.basis.text).toBe(
      '1.00 EUR a month on average over the last 3 full months; 6.00 EUR missing, 6 monthly payments left until the date.',
    );
  });

  test('takes what came so far in a pocket younger than a full month', () => {
    const createdAt = '2026-10-20T00:00:00Z';

    const plan = computePlan(
      saving({
        createdAt,
        months: [
          { month: '2026-10', netMinor: 30 },
          { month: '2026-11', netMinor: 12 },
        ],
      }),
      now,
    );

    expect(plan).toMatchObject({ paceMinor: 42, basis: { pace: 'since_opening', monthsObserved: 0 } });
  });

  test('takes no pace from a pocket that only gave money', () => {
    expect(computePlan(saving({ months: [{ month: '2026-10', netMinor: -500 }] }), now).paceMinor).toBe(0);
  });

  test('has no deadline without target or date', () => {
    const dateless = computePlan(saving({ targetMinor: 1_000, monthlyMinor: 300 }), now);
    const aimless = computePlan(saving({ targetDate: '2027-01-01', monthlyMinor: 300 }), now);

    expect(dateless).toMatchObject({
      status: 'no_deadline',
      neededMinor: null,
      catchUpMinor: null,
      projectedDate: '2027-03-22',
    });
    expect(aimless).toMatchObject({ status: 'no_deadline', neededMinor: null, projectedDate: null });
  });

  test('knows reached, overdue and closed', () => {
    const goal = { targetMinor: 100, targetDate: '2026-11-21', monthlyMinor: 10 };

    expect(computePlan(saving({ ...goal, balanceMinor: 100 }), now)).toMatchObject({
      status: 'reached',
      neededMinor: 0,
      catchUpMinor: 0,
    });
    expect(computePlan(saving({ ...goal, balanceMinor: 99 }), now)).toMatchObject({
      status: 'overdue',
      neededMinor: 1,
      catchUpMinor: 1,
    });
    expect(computePlan(saving({ ...goal, closedAt: '2026-11-01T00:00:00Z' }), now)).toMatchObject({
      status: 'closed',
      paceMinor: 0,
      neededMinor: null,
      projectedDate: null,
    });
  });

  test('is on track at the pace that it says is needed', () => {
    fc.assert(
      fc.property(goals, moments, (goal, moment) => {
        const plan = computePlan(saving(goal), moment);
        fc.pre(plan.status === 'behind' && (plan.basis.monthsLeft ?? 0) > 0);

        const faster = computePlan(saving({ ...goal, monthlyMinor: plan.neededMinor }), moment);
        const slower = computePlan(saving({ ...goal, monthlyMinor: Math.max(1, (plan.neededMinor ?? 0) - 1) }), moment);

        expect(faster.status).toBe('on_track');
        expect(plan.neededMinor === 1 || slower.status === 'behind').toBe(true);
      }),
    );
  });

  test('is on track, or there, once the catch-up is put in', () => {
    fc.assert(
      fc.property(goals, moments, (goal, moment) => {
        const plan = computePlan(saving(goal), moment);
        fc.pre(plan.status === 'behind');

        const caughtUp = computePlan(
          saving({ ...goal, balanceMinor: goal.balanceMinor + (plan.catchUpMinor ?? 0) }),
          moment,
        );
        const oneShort = computePlan(
          saving({ ...goal, balanceMinor: goal.balanceMinor + (plan.catchUpMinor ?? 0) - 1 }),
          moment,
        );

        expect(['on_track', 'reached']).toContain(caughtUp.status);
        expect(oneShort.status).toBe('behind');
      }),
    );
  });

  test('says on track exactly when the projected date is not after the target date', () => {
    fc.assert(
      fc.property(goals, moments, (goal, moment) => {
        const { status, projectedDate } = computePlan(saving(goal), moment);
        fc.pre(status === 'on_track' || status === 'behind');

        expect(status === 'on_track').toBe(projectedDate !== null && projectedDate <= goal.targetDate);
      }),
    );
  });

  test('has whole, safe figures for any history', () => {
    const history = fc.array(
      fc.record({ month: days.map((day) => day.slice(0, 7)), netMinor: fc.integer({ min: -limit, max: limit }) }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(goals, history, moments, moments, (goal, months, created, moment) => {
        const plan = computePlan(
          saving({ ...goal, monthlyMinor: null, months, createdAt: created.toISOString() }),
          moment,
        );

        for (const figure of [plan.paceMinor, plan.neededMinor, plan.catchUpMinor]) {
          expect(figure === null || (Number.isSafeInteger(figure) && figure >= 0)).toBe(true);
        }
      }),
    );
  });
});
