import { replayedHeader } from '#platform/idempotency';
import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { fxNotSupported } from '../errors.ts';
import { pocketTag } from '../helpers/pocket-tag.ts';
import { presentPending } from '../helpers/present-approval.ts';
import { presentMoney } from '../helpers/present-money.ts';
import { presentPocket } from '../helpers/present-pocket.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as pockets from '../services/pockets.ts';
import { requireKey } from '../validation/idempotency-key.ts';
import { minorIn } from '../validation/money.ts';

type PocketOperation =
  'createPocket' | 'getPocket' | 'getPocketBalance' | 'listPockets' | 'updatePocket' | 'closePocket';

export function pocketControllers(ctx: Context): Pick<FinancialHandlers, PocketOperation> {
  return {
    createPocket: async ({ caller, headers, body }) => {
      const key = body.openingAmount === undefined ? headers['idempotency-key'] : requireKey(headers);
      const { facts, replayed } = await pockets.createPocket(ctx, caller, { key, pocket: newPocketOf(body) });
      const asOf = new Date(facts.createdAt); // so that a replay says the same
      return {
        status: 201,
        body: presentPocket(facts, asOf),
        etag: pocketTag(facts, asOf),
        headers: replayedHeader({ replayed }),
      };
    },

    getPocket: async ({ caller, path }) => {
      const facts = await pockets.getPocket(ctx, caller, path.pocketId);
      const now = ctx.clock.now();
      return { status: 200, body: presentPocket(facts, now), etag: pocketTag(facts, now) };
    },

    getPocketBalance: async ({ caller, path, query }) => {
      const { balanceMinor, currency, at } = await pockets.getPocketBalance(ctx, caller, { ...path, at: query.at });
      return {
        status: 200,
        body: { ...path, at: at.toISOString(), balance: presentMoney(balanceMinor, currency) },
      };
    },

    listPockets: async ({ caller, query }) => {
      const { status = 'open', limit = 20, cursor } = query;
      const { items, nextCursor } = await pockets.listPockets(ctx, caller, { status, limit, cursor });
      const now = ctx.clock.now();
      return { status: 200, body: { items: items.map((facts) => presentPocket(facts, now)), nextCursor } };
    },

    updatePocket: async ({ caller, path, headers, body }) => {
      const change = (currency: string) => changeOf(body, currency);
      const facts = await pockets.updatePocket(ctx, caller, { ...path, ifMatch: headers['if-match'], change });
      const now = ctx.clock.now();
      return { status: 200, body: presentPocket(facts, now), etag: pocketTag(facts, now) };
    },

    closePocket: async ({ caller, path, headers, body }) => {
      const closing = { key: requireKey(headers), ...path, sweepToPocketId: body.sweepToPocketId };
      const closed = await pockets.closePocket(ctx, caller, closing);
      if ('asked' in closed) return presentPending(closed, ctx.clock.now());
      const { facts, replayed } = closed;
      const asOf = new Date(facts.closedAt ?? facts.createdAt);
      return { status: 200, body: presentPocket(facts, asOf), headers: replayedHeader({ replayed }) };
    },
  };
}

function newPocketOf({
  name,
  emoji,
  currency,
  targetDate,
  ...sums
}: components['schemas']['NewPocket']): pockets.NewPocket {
  const { openingAmount } = sums;
  if (openingAmount && openingAmount.currency !== currency) throw fxNotSupported('/openingAmount/currency', currency);
  const targetMinor = minorIn(currency, sums.target, '/target');
  const monthlyMinor = minorIn(currency, sums.monthlyAmount, '/monthlyAmount');
  return {
    name,
    currency,
    ...(emoji !== undefined && { emoji }),
    ...(targetMinor !== undefined && { targetMinor }),
    ...(targetDate !== undefined && { targetDate }),
    ...(monthlyMinor !== undefined && { monthlyMinor }),
    ...(openingAmount && { openingMinor: openingAmount.amountMinor }),
    ...(openingAmount?.source?.type === 'pocket' && { fromPocketId: openingAmount.source.pocketId }),
  };
}

function changeOf(
  { target, monthlyAmount, ...rest }: components['schemas']['PocketChange'],
  currency: string,
): pockets.PocketChange {
  const targetMinor = minorIn(currency, target, '/target');
  const monthlyMinor = minorIn(currency, monthlyAmount, '/monthlyAmount');
  return {
    ...rest,
    ...(targetMinor !== undefined && { targetMinor }),
    ...(monthlyMinor !== undefined && { monthlyMinor }),
  };
}
