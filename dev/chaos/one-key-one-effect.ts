import { setTimeout as delay } from 'node:timers/promises';
import { auditFigures, auditJournal } from './bank/audit.ts';
import { createJournal } from './bank/journal.ts';
import type { Journal } from './bank/journal.ts';
import { planMove } from './bank/moves.ts';
import type { Move } from './bank/moves.ts';
import { openSavers } from './bank/savers.ts';
import { crash } from './crash.ts';
import { describeAnswer } from './door.ts';
import type { Answer } from './door.ts';
import type { ChaosContext, Figure, Scenario } from './scenario.ts';
import { runWorkers } from './workers.ts';

/** R4: each request comes many times at once, while the process that answers is killed. */
export const oneKeyOneEffect: Scenario = {
  name: 'R4',
  promise: 'one key, one effect',
  run: (ctx) => repeatAtOnce(ctx, { keys: ctx.scale(200, 5_000), duplicates: 50, kills: ctx.scale(3, 50) }),
};

const keysAtOnce = 4;

/** Also for a journey of a few seconds. */
export async function repeatAtOnce(
  ctx: ChaosContext,
  { keys, duplicates, kills }: { keys: number; duplicates: number; kills: number },
): Promise<Figure[]> {
  const savers = await openSavers(ctx, 5);
  const journal = createJournal();
  const counts = { keys: 0, answers: 0, replayed: 0, lost: 0 };
  const accepted: string[] = [];
  const note = (answer: Answer): void => {
    counts.answers += 1;
    if (answer.replayed) counts.replayed += 1;
    if (answer.status === 0 && answer.wasSent) counts.lost += 1;
  };

  const load = runWorkers(keysAtOnce, () => counts.keys < keys, async () => {
    counts.keys += 1;
    const move = planMove(ctx.random, savers, `keys ${String(counts.keys)}`);
    await Promise.all(Array.from({ length: duplicates }, () => ask(ctx, journal, move, note)));
    const other = await ctx.door('financial').untilDecided(withOtherSum(move).request);
    if (other.body.code !== 'idempotency_key_reused' || other.status !== 422) accepted.push(describeAnswer(other));
  }); // prettier-ignore
  await Promise.all([load, killMeanwhile(ctx, kills, () => counts.keys / keys)]);

  return [
    { what: 'keys', value: counts.keys, must: { be: keys } },
    { what: 'effects', value: journal.acknowledged.size, must: { be: keys } },
    { what: 'answers', value: counts.answers, must: { atLeast: keys * duplicates } },
    { what: 'of them replays', value: counts.replayed, must: { atLeast: keys * (duplicates - 1) } },
    { what: 'of them lost by kills', value: counts.lost },
    { what: 'two effects under one key', value: journal.contradictions.length, must: { be: 0 }, examples: journal.contradictions }, // prettier-ignore
    { what: 'other body, and not refused as 422', value: accepted.length, must: { be: 0 }, examples: accepted },
    { what: 'other answers', value: journal.unexpected.length, must: { be: 0 }, examples: journal.unexpected },
    ...auditFigures(await auditJournal(ctx.sql('financial'), savers, journal)),
  ];
}

async function ask(ctx: ChaosContext, journal: Journal, move: Move, note: (answer: Answer) => void): Promise<void> {
  journal.note(move, await ctx.door('financial').untilDecided(move.request, note));
}

function withOtherSum(move: Move): Move {
  const amount = { amountMinor: move.amountMinor + 1, currency: 'EUR' };
  return { ...move, request: { ...move.request, body: { ...move.request.body, amount } } };
}

/** Spreads the kills over the work. */
async function killMeanwhile(ctx: ChaosContext, kills: number, progress: () => number): Promise<void> {
  for (let kill = 1; kill <= kills; kill += 1) {
    while (progress() < kill / (kills + 1)) await delay(10);
    await crash(ctx.stack, 'financial');
  }
}
