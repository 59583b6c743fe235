import type { Caller } from '#platform/caller';
import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { presentTime } from '../helpers/present-money.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as freezes from '../services/freezes.ts';
import type { FreezeFacts, FreezeSubject } from '../services/freezes.ts';

type FreezeOperation =
  'getMoneyFreeze' | 'freezeMoney' | 'unfreezeMoney' | 'getPocketFreeze' | 'freezePocket' | 'unfreezePocket';

type Decision = components['schemas']['FreezeDecision'];

const person = ({ userId }: { userId: string }): FreezeSubject => ({ kind: 'person', subjectId: userId });
const pocket = ({ pocketId }: { pocketId: string }): FreezeSubject => ({ kind: 'pocket', subjectId: pocketId });

export function freezeControllers(ctx: Context): Pick<FinancialHandlers, FreezeOperation> {
  const read = async (subject: FreezeSubject) => answer(await freezes.getFreeze(ctx, subject));
  const freeze = async (caller: Caller, subject: FreezeSubject, decision: Decision) =>
    answer(await freezes.decideFreeze(ctx, caller, { ...subject, ...decision, action: 'freeze' }));
  const lift = async (caller: Caller, subject: FreezeSubject, decision: Decision) =>
    answer(await freezes.decideFreeze(ctx, caller, { ...subject, ...decision, action: 'lift' }));
  return {
    getMoneyFreeze: ({ path }) => read(person(path)),
    freezeMoney: ({ caller, path, body }) => freeze(caller, person(path), body),
    unfreezeMoney: ({ caller, path, body }) => lift(caller, person(path), body),
    getPocketFreeze: ({ path }) => read(pocket(path)),
    freezePocket: ({ caller, path, body }) => freeze(caller, pocket(path), body),
    unfreezePocket: ({ caller, path, body }) => lift(caller, pocket(path), body),
  };
}

function answer({ since, ...facts }: FreezeFacts) {
  return { status: 200 as const, body: { ...facts, since: since && presentTime(since) } };
}
