import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { findLedgerFaults } from '../../../domain/financial/tests/ledger-check.ts';

/** What was found while money moved. */
export interface Watched {
  checks: number;
  faults: string[];
}

/** Checks the books again and again, about once a second and never more than a fifth of the time, until it is told to stop. */
export function watchBooks(sql: pg.Pool): { stop(): Promise<Watched> } {
  const watched: Watched = { checks: 0, faults: [] };
  let isWatching = true;

  async function watch(): Promise<void> {
    while (isWatching) {
      const begun = performance.now();
      const faults = await findLedgerFaults(sql).catch(() => undefined); // the database may be down
      if (faults) {
        watched.checks += 1;
        watched.faults.push(...faults);
      }
      await delay(Math.max(1_000, 4 * (performance.now() - begun)));
    }
  }

  const watching = watch();
  return {
    stop: async () => {
      isWatching = false;
      await watching;
      return watched;
    },
  };
}
