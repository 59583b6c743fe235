import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentPending } from '../helpers/present-approval.ts';
import { presentMovement } from '../helpers/present-movement.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import type { MovementFacts } from '../services/facts.ts';
import type { Booked, BookedOrAsked } from '../services/ledger.ts';
import { createMovementQueue } from '../services/movement-queue.ts';
import * as movements from '../services/movements.ts';
import { requireKey } from '../validation/idempotency-key.ts';

type MovementOperation =
  'createContribution' | 'createPocketWithdrawal' | 'createPocketTransfer' | 'reverseMovement' | 'listMovements';

export function movementControllers(ctx: Context): Pick<FinancialHandlers, MovementOperation> {
  const queueing = { ...ctx, queue: createMovementQueue(ctx) };
  return {
    createContribution: async ({ caller, path, headers, body: { amount, note } }) =>
      created(
        await movements.createContribution(queueing, caller, { key: requireKey(headers), ...path, ...amount, note }),
      ),

    createPocketWithdrawal: async ({ caller, path, headers, body: { amount, note } }) =>
      createdOrAsked(
        ctx,
        await movements.createPocketWithdrawal(queueing, caller, {
          key: requireKey(headers),
          ...path,
          ...amount,
          note,
        }),
      ),

    createPocketTransfer: async ({ caller, path, headers, body: { amount, toPocketId } }) =>
      createdOrAsked(
        ctx,
        await movements.createPocketTransfer(ctx, caller, { key: requireKey(headers), ...path, ...amount, toPocketId }),
      ),

    reverseMovement: async ({ caller, path, headers }) =>
      created(await movements.reverseMovement(ctx, caller, { key: requireKey(headers), movementId: path.movementId })),

    listMovements: async ({ caller, path, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await movements.listMovements(ctx, caller, { ...path, limit, cursor });
      return { status: 200, body: { items: items.map(presentMovement), nextCursor } };
    },
  };
}

/** The movement, or what others must agree to first. */
function createdOrAsked({ clock }: Context, booked: BookedOrAsked<MovementFacts>) {
  return 'asked' in booked ? presentPending(booked, clock.now()) : created(booked);
}

function created({ facts, replayed }: Booked<MovementFacts>) {
  return { status: 201, body: presentMovement(facts), headers: replayedHeader({ replayed }) } as const;
}
