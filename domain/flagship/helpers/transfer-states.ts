export type TransferStatus =
  'created' | 'unknown' | 'submitted' | 'processing' | 'stalled' | 'settled' | 'failed' | 'cancelled' | 'returned';

const ranks: Record<TransferStatus, number> = {
  created: 0,
  unknown: 1,
  submitted: 2,
  processing: 3,
  stalled: 4,
  settled: 5,
  failed: 5,
  cancelled: 5,
  returned: 6,
};

/** States only move forward. News may skip states, since it arrives in any order; what failed cannot be returned. */
export function canMove(from: TransferStatus, to: TransferStatus): boolean {
  if (to === 'returned' && (from === 'failed' || from === 'cancelled')) return false;
  return ranks[to] > ranks[from];
}

/** Those whose outcome is still open. */
export const openStatuses: TransferStatus[] = ['created', 'unknown', 'submitted', 'processing', 'stalled'];

export function isFinal(status: string): boolean {
  return !openStatuses.some((open) => open === status);
}
