import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimalsOf, formatMoney, isKnownCurrency } from '#platform/currencies';
import { addMonths, dayOf, monthsUntil } from '../helpers/calendar.ts';
import { divideDown, divideUp, percentOf } from '../helpers/integers.ts';

const limit = 1_000_000_000_000;
const sums = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: limit }));
const positive = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: limit }));
const moments = fc.date({ min: new Date('2000-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
const days = moments.map(dayOf);

describe('months', () => {
  test.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2028-02-29', 12, '2029-02-28'],
    ['2026-12-31', 2, '2027-02-28'],
    ['2026-03-31', -1, '2026-02-28'],
  ])('%s plus %i is %s', (day, count, expected) => {
    expect(addMonths(day, count)).toBe(expected);
  });

  test('until a day are the most steps that do not pass it', () => {
    fc.assert(
      fc.property(days, days, (from, to) => {
        const steps = monthsUntil(from, to);

        expect(steps === 0 || addMonths(from, steps) <= to).toBe(true);
        expect(addMonths(from, steps + 1) > to).toBe(true);
      }),
    );
  });
});

describe('whole numbers', () => {
  test('divide exactly, down and up', () => {
    const dividends = fc.integer({ min: -limit, max: limit });
    fc.assert(
      fc.property(dividends, positive, (dividend, divisor) => {
        const [big, by] = [BigInt(dividend), BigInt(divisor)];
        const down = big >= 0n ? big / by : -((-big + by - 1n) / by);

        expect(BigInt(divideDown(dividend, divisor))).toBe(down);
        expect(BigInt(divideUp(dividend, divisor))).toBe(big % by === 0n ? down : down + 1n);
      }),
    );
  });

  test('give 100 percent exactly when the whole is reached', () => {
    fc.assert(
      fc.property(sums, positive, (part, whole) => {
        const percent = percentOf(part, whole);

        expect(Number.isInteger(percent) && percent >= 0 && percent <= 100).toBe(true);
        expect(percent === 100).toBe(part >= whole);
      }),
    );
  });
});

describe('currencies', () => {
  test.each([
    ['JPY', 0, '-1250 JPY'],
    ['EUR', 2, '-12.50 EUR'],
    ['KWD', 3, '-1.250 KWD'],
  ])('%s has %i decimals', (currency, decimals, written) => {
    expect(decimalsOf(currency)).toBe(decimals);
    expect(formatMoney(-1_250, currency)).toBe(written);
  });

  test('are written so that the digits give the sum back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -limit, max: limit }), fc.constantFrom('JPY', 'EUR', 'KWD'), (amount, currency) => {
        const written = formatMoney(amount, currency).replace(/[^\d-]/g, '');

        expect(Number(written) + 0).toBe(amount);
      }),
    );
  });

  test('are the active ones of ISO 4217', () => {
    expect(['EUR', 'USD', 'JPY', 'KWD', 'CHF'].every(isKnownCurrency)).toBe(true);
    expect(['QQQ', 'XAU', 'XTS', 'DEM', 'eur', ''].some(isKnownCurrency)).toBe(false);
  });
});
