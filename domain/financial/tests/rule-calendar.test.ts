import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addMonths } from '../helpers/calendar.ts';
import { startFinancialApp } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(() => app.stop());

const dayMs = 86_400_000;
const days = fc.integer({ min: 0, max: 40_000 }).map((count) => new Date(count * dayMs).toISOString().slice(0, 10));
const plus = (day: string, count: number) => new Date(Date.parse(day) + count * dayMs).toISOString().slice(0, 10);
/** Monday is 1. */
const weekday = (day: string) => ((new Date(day).getUTCDay() + 6) % 7) + 1;

/** The first three occurrences after a day, as the database counts them. */
async function occurrences(every: string, day: number, after: string): Promise<string[]> {
  const { rows } = await app.process.query<{ first: string; second: string; third: string }>(
    `select first_on::text as first, second_on::text as second, occurrence_after($1, $2, first_on, second_on)::text as third
     from (select occurrence_after($1, $2, null, $3::date) as first_on) one,
       lateral (select occurrence_after($1, $2, first_on, first_on) as second_on) two`,
    [every, day, after],
  );
  const { first = '', second = '', third = '' } = rows[0] ?? {};
  return [first, second, third];
}

describe('occurrences', () => {
  test.each([
    ['month', 31, '2026-01-15', ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['month', 30, '2028-01-30', ['2028-02-29', '2028-03-30', '2028-04-30']],
    ['month', 29, '2026-02-28', ['2026-03-29', '2026-04-29', '2026-05-29']],
    ['month', 31, '2026-12-31', ['2027-01-31', '2027-02-28', '2027-03-31']],
    ['week', 1, '2026-11-22', ['2026-11-23', '2026-11-30', '2026-12-07']],
    ['fortnight', 7, '2026-11-22', ['2026-11-29', '2026-12-13', '2026-12-27']],
  ])('every %s on day %i after %s', async (every, day, after, expected) => {
    expect(await occurrences(every, day, after)).toEqual(expected);
  });

  test('of a month keep their day, or take the last, and miss no month', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 31 }), days, async (day, after) => {
        const found = await occurrences('month', day, after);

        const january = `2000-01-${String(day).padStart(2, '0')}`;
        const candidates = [0, 1, 2, 3].map((ahead) => {
          const months = (Number(after.slice(0, 4)) - 2000) * 12 + Number(after.slice(5, 7)) - 1 + ahead;
          return addMonths(january, months);
        });
        expect(found).toEqual(candidates.filter((candidate) => candidate > after).slice(0, 3));
      }),
    );
  });

  test('of a week and a fortnight fall on their weekday, evenly, and the first is the next', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(['week', 7] as const, ['fortnight', 14] as const),
        fc.integer({ min: 1, max: 7 }),
        days,
        async ([every, length], day, after) => {
          const [first = '', ...rest] = await occurrences(every, day, after);

          expect(weekday(first)).toBe(day);
          expect(first > after && first <= plus(after, 7)).toBe(true);
          expect(rest).toEqual([plus(first, length), plus(first, 2 * length)]);
        },
      ),
    );
  });

  test.each([
    ['UTC', '2026-11-30T00:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-11-29T10:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-30T08:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-29T18:15:00.000Z'],
  ])('begin at midnight in %s', async (zone, moment) => {
    expect(await beginningOf('2026-11-30', zone)).toBe(moment);
  });

  test('begin with the first moment of a day that has no midnight', async () => {
    // In Santiago the clocks went from 24:00 to 1:00 that night.
    expect(await beginningOf('2024-09-08', 'America/Santiago')).toBe('2024-09-08T04:00:00.000Z');
  });

  async function beginningOf(day: string, zone: string) {
    const { rows } = await app.process.query<{ at: Date }>('select beginning_of($1, $2) as at', [day, zone]);
    return rows[0]?.at.toISOString();
  }
});

describe('parts by largest remainder', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });

  async function divide(total: number, by: number[]): Promise<number[]> {
    const { rows } = await app.process.query<{ parts: string[] }>('select largest_remainder($1, $2) as parts', [
      total,
      by,
    ]);
    return (rows[0]?.parts ?? []).map(Number);
  }

  test.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [1, [50, 50], [1, 0]],
    [0, [30, 70], [0, 0]],
    [1_000, [33, 33, 34], [330, 330, 340]],
    [101, [10, 20, 70], [10, 20, 71]],
  ])('%i by %j are %j', async (total, by, expected) => {
    expect(await divide(total, by)).toEqual(expected);
  });

  test('sum to the whole exactly, and none is a unit or more from its share', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1_000_000_000_000 }), weights, async (total, by) => {
        const parts = await divide(total, by);

        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
        const all = BigInt(by.reduce((sum, weight) => sum + weight, 0));
        for (const [index, part] of parts.entries()) {
          const distance = BigInt(part) * all - BigInt(total) * BigInt(by[index] ?? 0);
          expect(distance > -all && distance < all).toBe(true);
        }
      }),
    );
  });

  test('never give the smaller weight more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 10_000 }), weights, async (total, by) => {
        const parts = await divide(
          total,
          [...by].sort((a, b) => b - a),
        );

        expect(parts).toEqual([...parts].sort((a, b) => b - a));
      }),
    );
  });
});
