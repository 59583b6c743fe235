import { refusal } from '../errors.ts';
import type { Tx } from '../context.ts';
import type { ApprovalFacts, MovementFacts } from './facts.ts';

/** The functions by which money moves: prisma/financial/migrations. Nothing else can write the ledger. */
export type LedgerFunction =
  | 'contribute_to_pocket'
  | 'withdraw_from_pocket'
  | 'transfer_between_pockets'
  | 'reverse_movement'
  | 'open_pocket'
  | 'close_pocket'
  | 'start_transfer'
  | 'advance_transfer'
  | 'erase_person'
  | 'invite_to_pocket'
  | 'accept_invitation'
  | 'decline_invitation'
  | 'withdraw_invitation'
  | 'set_member_role'
  | 'leave_pocket'
  | 'set_pocket_policy'
  | 'vote_on_approval'
  | 'cancel_approval'
  | 'replay_cover'
  | 'cover_transaction'
  | 'note_refunds'
  | 'put_preferences'
  | 'create_rule'
  | 'preview_rule'
  | 'change_rule'
  | 'end_rule'
  | 'run_next_rule'
  | 'note_bank_transactions'
  | 'decide_freeze'
  | 'lock_pocket'
  | 'unlock_pocket'
  | 'cancel_unlock'
  | 'approve_unlock'
  | 'decide_guardianship'
  | 'create_challenge'
  | 'join_challenge'
  | 'decline_challenge'
  | 'leave_challenge'
  | 'encourage_member'
  | 'book_adjustment';

/** Those of which several may be booked in one call: see `moveTogether`. */
export type GroupedFunction = Extract<LedgerFunction, 'contribute_to_pocket' | 'withdraw_from_pocket'>;

/** What was booked, or was booked the first time when `replayed`. */
export interface Booked<Facts> {
  facts: Facts;
  replayed: boolean;
}

/** What was booked, or what others must agree to before it is. */
export type BookedOrAsked<Facts> = Booked<Facts> | (Booked<ApprovalFacts> & { asked: true });

interface Done<Facts> {
  outcome: 'done' | 'replayed';
  status: number;
  body: Facts;
}

interface Refused {
  outcome: 'refused';
  code: string;
  detail: string | null;
  extensions?: Record<string, unknown>;
}

type Answer<Facts> = Done<Facts> | Refused;

/**
 * Calls one function once: it claims the key, checks, books and keeps the reply in one transaction and one round trip.
 * @throws the Problem under whose code the function refused; nothing has changed then.
 */
export async function callLedger<Facts>(db: Tx, name: LedgerFunction, request: object): Promise<Booked<Facts>> {
  const { body, outcome } = await call<Facts>(db, name, request);
  return { facts: body, replayed: outcome === 'replayed' };
}

/** The same for what a policy may put before the other members first. */
export async function askLedger<Facts>(db: Tx, name: LedgerFunction, request: object): Promise<BookedOrAsked<Facts>> {
  const answer = await call<Facts | ApprovalFacts>(db, name, request);
  const replayed = answer.outcome === 'replayed';
  if (answer.status === 202) return { facts: answer.body as ApprovalFacts, replayed, asked: true };
  return { facts: answer.body as Facts, replayed };
}

const operations: Record<GroupedFunction, string> = {
  contribute_to_pocket: 'createContribution',
  withdraw_from_pocket: 'createPocketWithdrawal',
};

/**
 * Movements of one pocket in one call and one transaction, each with its own key, checks and answer; by place what was booked, or
 * the Problem under whose code it was refused. Nothing has happened to those whose place is empty: they must go alone.
 */
export async function moveTogether(
  db: Tx,
  pocketId: string,
  group: { name: GroupedFunction; movement: object }[],
): Promise<(Booked<MovementFacts> | Error | undefined)[]> {
  const movements = group.map(({ name, movement }) => ({ ...movement, operation: operations[name] }));
  const rows = await db.$queryRawUnsafe<{ place: number; refusal: Refused | null; body: MovementFacts }[]>(
    '/* moveTogether */ select * from move_together($1::jsonb)',
    JSON.stringify({ pocketId, movements }),
  );
  const answers: (Booked<MovementFacts> | Error | undefined)[] = group.map(() => undefined);
  for (const { place, refusal: refused, body } of rows)
    answers[place - 1] = refused ? refusal(refused) : { facts: body, replayed: false };
  return answers;
}

async function call<Facts>(db: Tx, name: LedgerFunction, request: object): Promise<Done<Facts>> {
  const rows = await db.$queryRawUnsafe<{ answer: Answer<Facts> }[]>(
    `/* ${name} */ select ${name}($1::jsonb) as answer`,
    JSON.stringify(request),
  );
  const answer = rows[0]?.answer;
  if (!answer) throw new Error(`${name} answered nothing`);
  if (answer.outcome === 'refused') throw refusal(answer);
  return answer;
}
