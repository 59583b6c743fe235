import { expect, test } from '@jest/globals';
import { currentContext, newContext, remainingMs, runInContext, withOwnTime } from '#platform/request-context';

test('a part of something long has time of its own, in the same trace', () => {
  const spent = newContext(0);

  const part = runInContext(spent, () => {
    const leftBefore = remainingMs(10_000);
    return withOwnTime(10_000, () => ({ leftBefore, left: remainingMs(60_000), traceId: currentContext()?.traceId }));
  });

  expect(part.leftBefore).toBe(0);
  expect(part.left).toBeGreaterThan(0);
  expect(part.left).toBeLessThanOrEqual(10_000);
  expect(part.traceId).toBe(spent.traceId);
});
