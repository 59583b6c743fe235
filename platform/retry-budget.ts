/** Lets at most one in ten calls be tried again, so that retries cannot multiply an overload. */
export function createRetryBudget({ ratio = 0.1, burst = 10 } = {}) {
  let tokens = burst;
  return {
    /** Counts a call that was made. */
    deposit(): void {
      tokens = Math.min(burst, tokens + ratio);
    },
    /** Whether one more try is affordable; takes it when it is. */
    withdraw(): boolean {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
