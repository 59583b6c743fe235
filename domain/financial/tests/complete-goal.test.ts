import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addMonths, dayOf } from '../helpers/calendar.ts';
import { changeGoal, completeGoal, goalAgrees } from '../helpers/complete-goal.ts';
import { computePlan } from '../helpers/plan.ts';
import type { SavingFacts } from '../helpers/plan.ts';

const limit = 1_000_000_000_000;
const sums = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: limit }));
const positive = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: limit }));
const moments = fc.date({ min: new Date('2000-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
/** Until when, in days from today; at least a month, so that there is a payment before. */
const spans = fc.integer({ min: 31, max: 12_000 });

function planFor(goal: Partial<SavingFacts>, now: Date) {
  const none = { currency: 'EUR', targetMinor: null, targetDate: null, monthlyMinor: null, balanceMinor: 0 };
  const opened = { createdAt: now.toISOString(), closedAt: null, months: [] };
  return computePlan({ ...none, ...opened, ...goal }, now);
}

function daysAfter(now: Date, days: number): string {
  return dayOf(new Date(now.getTime() + days * 86_400_000));
}

describe('the third of target, date and monthly amount', () => {
  test('eleven months to 110.00 are 10.00 a month, and the other way round', () => {
    const start = { balanceMinor: 0, today: '2026-11-22' };
    const whole = { targetMinor: 11_000, targetDate: '2027-10-22', monthlyMinor: 1_000 };

    for (const part of ['targetMinor', 'targetDate', 'monthlyMinor'] as const) {
      expect(completeGoal({ ...whole, [part]: undefined }, start)).toEqual({ ...whole, derived: part });
    }
    expect(completeGoal(whole, start)).toEqual({ ...whole, derived: null });
  });

  test('counts what is there already, and payments on the last days of short months', () => {
    expect(
      completeGoal({ targetMinor: 1_000, monthlyMinor: 100 }, { balanceMinor: 900, today: '2028-01-31' }),
    ).toMatchObject({ targetDate: '2028-02-29' });
    expect(
      completeGoal({ targetMinor: 1_000, targetDate: '2028-03-31' }, { balanceMinor: 701, today: '2028-01-31' }),
    ).toMatchObject({ monthlyMinor: 150 });
  });

  test.each([
    ['nothing', {}],
    ['one part', { targetMinor: 5 }],
    ['a target that is reached', { targetMinor: 100, targetDate: '2030-01-01' }],
    ['a target more than a hundred years away', { targetMinor: 101 + 1201, monthlyMinor: 1 }],
    ['a target beyond the limit', { targetDate: '2126-11-01', monthlyMinor: limit / 2 }],
    ['a date that has passed', { targetMinor: 1_000, targetDate: '2026-11-22' }],
  ])('does not follow from %s', (_what, goal) => {
    expect(completeGoal(goal, { balanceMinor: 101, today: '2026-11-22' }).derived).toBeNull();
  });

  test('a monthly amount is just enough: one less is too little', () => {
    fc.assert(
      fc.property(sums, positive, moments, spans, (balanceMinor, targetMinor, now, days) => {
        fc.pre(targetMinor > balanceMinor);
        const given = { targetMinor, targetDate: daysAfter(now, days) };

        const { monthlyMinor } = completeGoal(given, { balanceMinor, today: dayOf(now) });

        expect(planFor({ ...given, balanceMinor, monthlyMinor }, now).status).toBe('on_track');
        const less = (monthlyMinor ?? 0) - 1;
        expect(less === 0 || planFor({ ...given, balanceMinor, monthlyMinor: less }, now).status === 'behind').toBe(
          true,
        );
      }),
    );
  });

  test('a date is just late enough: a day less is too early', () => {
    fc.assert(
      fc.property(sums, positive, moments, fc.integer({ min: 1, max: 1_200 }), (balanceMinor, monthlyMinor, now, n) => {
        const targetMinor = balanceMinor + (monthlyMinor > limit / n ? monthlyMinor : monthlyMinor * n);
        const given = { targetMinor, monthlyMinor };

        const { targetDate } = completeGoal(given, { balanceMinor, today: dayOf(now) });

        expect(planFor({ ...given, balanceMinor, targetDate }, now).status).toBe('on_track');
        const dayBefore = daysAfter(new Date(`${targetDate ?? ''}T00:00:00Z`), -1);
        expect(['behind', 'overdue']).toContain(planFor({ ...given, balanceMinor, targetDate: dayBefore }, now).status);
      }),
    );
  });

  test('a target is all that can be reached: one more is too much', () => {
    fc.assert(
      fc.property(sums, positive, moments, spans, (balanceMinor, monthlyMinor, now, days) => {
        const given = { monthlyMinor, targetDate: daysAfter(now, days) };
        const { targetMinor, derived } = completeGoal(given, { balanceMinor, today: dayOf(now) });
        fc.pre(derived === 'targetMinor' && targetMinor !== null);

        expect(planFor({ ...given, balanceMinor, targetMinor }, now).status).toBe('on_track');
        expect(planFor({ ...given, balanceMinor, targetMinor: targetMinor + 1 }, now).status).toBe('behind');
      }),
    );
  });

  test('agrees with the two that it follows from', () => {
    const goals = fc.record(
      { targetMinor: positive, targetDate: fc.tuple(moments, spans), monthlyMinor: positive },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(goals, sums, moments, ({ targetDate, ...goal }, balanceMinor, now) => {
        const start = { balanceMinor, today: dayOf(now) };
        const date = targetDate && daysAfter(now, targetDate[1]);

        const complete = completeGoal({ ...goal, ...(date !== undefined && { targetDate: date }) }, start);

        expect(complete.derived === null || goalAgrees(complete, start)).toBe(true);
      }),
    );
  });

  test('three that save too little, or months too early, do not agree', () => {
    const start = { balanceMinor: 0, today: '2026-11-22' };
    const goal = { targetMinor: 11_000, targetDate: addMonths('2026-11-22', 11) };

    const agreeing = [999, 1_000, 1_099, 1_100, 2_000].filter((monthlyMinor) =>
      goalAgrees({ ...goal, monthlyMinor }, start),
    );

    expect(agreeing).toEqual([1_000, 1_099]);
  });
});

describe('a change', () => {
  const before = { targetMinor: 900, targetDate: '2027-08-22', monthlyMinor: 100, derived: null };

  test.each([
    ['names no part', before, {}, undefined],
    ['names the date: the amount gives way', before, { targetDate: 'later' }, ['targetDate', 'targetMinor']],
    ['names the amount: the date gives way', before, { monthlyMinor: 50 }, ['monthlyMinor', 'targetMinor']],
    [
      'names date and amount: the target stays, and they must agree',
      before,
      { targetDate: 'later', monthlyMinor: 5 },
      ['monthlyMinor', 'targetDate', 'targetMinor'],
    ],
    [
      'names the target: what followed follows anew',
      { ...before, derived: 'targetDate' as const },
      { targetMinor: 5 },
      ['monthlyMinor', 'targetMinor'],
    ],
    [
      'takes the date away: the others stay',
      before,
      { targetDate: null },
      ['monthlyMinor', 'targetDate', 'targetMinor'],
    ],
  ])('%s', (_what, stored, change, given) => {
    const changed = changeGoal(stored, change);

    expect(changed && Object.keys(changed.goal).sort()).toEqual(given);
    expect(changed?.goal ?? {}).toMatchObject(change);
  });
});
