interface Suspendable {
  suspendedAt: Date | null;
  suspendedUntil: Date | null;
}

/** Whether a suspension is in force at `now`. A timed one ends by itself. */
export function isSuspended({ suspendedAt, suspendedUntil }: Suspendable, now: Date): boolean {
  return suspendedAt !== null && (suspendedUntil === null || suspendedUntil > now);
}
