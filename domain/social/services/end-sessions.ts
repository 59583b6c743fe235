import type { SessionEnd } from '#prisma/social';
import type { Context, Tx } from '../context.ts';

interface Ending {
  accountId: string;
  reason: SessionEnd;
  /** One of them; all otherwise, save `except`. */
  sessionId?: string;
  except?: string;
}

/**
 * Signs a person out on their devices, and says how many sessions that ended. By the clock of the database: the other processes
 * ask for what has ended since they last asked, and would miss what is told by a clock that is behind theirs.
 */
export async function endSessions(
  tx: Tx | Context['db'],
  { accountId, reason, sessionId, except }: Ending,
): Promise<number> {
  return tx.$executeRaw`/* endSessions */
    UPDATE session SET ended_at = clock_timestamp(), end_reason = ${reason}::session_end
    WHERE account_id = ${accountId}::uuid AND ended_at IS NULL
      AND (${sessionId ?? null}::uuid IS NULL OR id = ${sessionId ?? null}::uuid) AND id IS DISTINCT FROM ${except ?? null}::uuid`;
}
