import { refusal } from '../errors.ts';
import type { Tx } from '../context.ts';

/** The functions by which money moves: prisma/financial/migrations. Nothing else can write the ledger. */
export type LedgerFunction =
  | 'contribute_to_pocket'
  | 'withdraw_from_pocket'
  | 'transfer_between_pockets'
  | 'reverse_movement'
  | 'open_pocket'
  | 'close_pocket'
  | 'start_transfer'
  | 'advance_transfer';

/** What was booked, or was booked the first time when `replayed`. */
export interface Booked<Facts> {
  facts: Facts;
  replayed: boolean;
}

type Answer<Facts> =
  | { outcome: 'done' | 'replayed'; status: number; body: Facts }
  | { outcome: 'refused'; code: string; detail: string | null };

/**
 * Calls one function once: it claims the key, checks, books and keeps the reply in one transaction and one round trip.
 * @throws the Problem under whose code the function refused; nothing has changed then.
 */
export async function callLedger<Facts>(db: Tx, name: LedgerFunction, request: object): Promise<Booked<Facts>> {
  const rows = await db.$queryRawUnsafe<{ answer: Answer<Facts> }[]>(
    `/* ${name} */ select ${name}($1::jsonb) as answer`,
    JSON.stringify(request),
  );
  const answer = rows[0]?.answer;
  if (!answer) throw new Error(`${name} answered nothing`);
  if (answer.outcome === 'refused') throw refusal(answer.code, answer.detail);
  return { facts: answer.body, replayed: answer.outcome === 'replayed' };
}
