/** Says of a kept answer that it is one. */
export function replayHeader({ replayed }: { replayed: boolean }): Record<string, string> {
  return replayed ? { 'Idempotency-Replayed': 'true' } : {};
}
