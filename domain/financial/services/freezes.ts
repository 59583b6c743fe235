import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { callLedger } from './ledger.ts';

/** Whether money is frozen, and by which decision of staff. */
export interface FreezeFacts {
  frozen: boolean;
  reason: string | null;
  decisionId: string | null;
  since: string | null;
}

/** Whose money, or which pocket. */
export interface FreezeSubject {
  kind: 'person' | 'pocket';
  subjectId: string;
}

/** Freezes, or lifts the freeze; the same decision again changes nothing. @throws decision_reused */
export async function decideFreeze(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { staffId }: Caller,
  decision: FreezeSubject & { action: 'freeze' | 'lift'; decisionId: string; reason: string },
): Promise<FreezeFacts> {
  const { facts } = await callLedger<FreezeFacts>(db, 'decide_freeze', { ...decision, staffId, at: clock.now() });
  return facts;
}

export async function getFreeze({ db }: Pick<Context, 'db'>, { kind, subjectId }: FreezeSubject): Promise<FreezeFacts> {
  const rows = await db.$queryRaw<{ freeze: FreezeFacts }[]>`
    /* getFreeze */ select freeze_of(${subjectId}::uuid) as freeze
    where ${kind} = 'person' or exists (select from pocket where id = ${subjectId}::uuid)`;
  const freeze = rows[0]?.freeze;
  if (!freeze) throw notFound();
  return freeze;
}
