/** Division of whole numbers, exact up to 2^53: the remainder is exact, so nothing is rounded on the way. */
export function divideDown(dividend: number, divisor: number): number {
  const remainder = ((dividend % divisor) + divisor) % divisor;
  return (dividend - remainder) / divisor;
}

/** The smallest whole number that, times the divisor, reaches the dividend. */
export function divideUp(dividend: number, divisor: number): number {
  return -divideDown(-dividend, divisor) + 0; // + 0 turns -0 into 0
}

/** How much of the whole there is, in percent, rounded down: 100 only when it is reached, and never more. */
export function percentOf(part: number, whole: number): number {
  return Math.min(100, divideDown(part * 100, whole));
}
