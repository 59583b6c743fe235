import { setTimeout as delay } from 'node:timers/promises';
import { auditFigures, auditJournal } from './bank/audit.ts';
import { createJournal } from './bank/journal.ts';
import type { Journal } from './bank/journal.ts';
import { planMove } from './bank/moves.ts';
import type { Move } from './bank/moves.ts';
import { openSavers } from './bank/savers.ts';
import { crash } from './crash.ts';
import { isDecided } from './door.ts';
import type { ChaosContext, Figure, Scenario } from './scenario.ts';
import { manyWorkers, runWorkers } from './workers.ts';

/** R2: the process that moves money is killed in the middle of it, again and again. */
export const crashesLoseNothing: Scenario = {
  name: 'R2',
  promise: 'a crash loses nothing that was acknowledged',
  run: (ctx) => killDuringLoad(ctx, ctx.scale(20, 200)),
};

const askedAgain = 300;

/** Also for a journey of a few seconds. */
export async function killDuringLoad(ctx: ChaosContext, kills: number): Promise<Figure[]> {
  const savers = await openSavers(ctx, 5);
  const journal = createJournal();
  const readyMs: number[] = [];
  let planned = 0;
  let lost = 0;
  const load = runWorkers(manyWorkers, () => readyMs.length < kills, async () => {
    planned += 1;
    const move = planMove(ctx.random, savers, `kills ${String(planned)}`);
    if (!(await moveOnce(ctx, journal, move))) lost += 1;
  }); // prettier-ignore

  await Promise.all([load, killAgainAndAgain(ctx, kills, readyMs)]);
  const forgotten = await askAgain(ctx, journal);
  return [
    { what: 'kills', value: readyMs.length },
    { what: 'slowest to be ready again', value: Math.max(...readyMs), unit: 'ms', must: { atMost: 3_000 } },
    { what: 'movements acknowledged', value: journal.acknowledged.size, must: { atLeast: kills } },
    { what: 'answers lost by the kills', value: lost, must: { atLeast: 1 } },
    { what: 'of them never asked about again', value: journal.abandoned.size },
    { what: 'acknowledged and forgotten', value: forgotten.length, must: { be: 0 }, examples: forgotten },
    { what: 'acknowledged under two ids', value: journal.contradictions.length, must: { be: 0 }, examples: journal.contradictions }, // prettier-ignore
    { what: 'other answers', value: journal.unexpected.length, must: { be: 0 }, examples: journal.unexpected },
    ...auditFigures(await auditJournal(ctx.sql('financial'), savers, journal)),
  ]; // prettier-ignore
}

async function killAgainAndAgain(ctx: ChaosContext, kills: number, readyMs: number[]): Promise<void> {
  while (readyMs.length < kills) {
    await delay(300 + ctx.random.below(700));
    readyMs.push(await crash(ctx.stack, 'financial'));
  }
}

/** Moves money. When the answer is lost, most callers ask again under the same key, and some never do; false then. */
async function moveOnce(ctx: ChaosContext, journal: Journal, move: Move): Promise<boolean> {
  const door = ctx.door('financial');
  const first = await door.send(move.request);
  const wasLost = first.status === 0 && first.wasSent;
  if (wasLost && ctx.random.below(4) === 0) journal.abandon(move);
  else journal.note(move, isDecided(first) ? first : await door.untilDecided(move.request));
  return !wasLost;
}

/** Asks for some of what was acknowledged once more, under its key: each must be remembered. */
async function askAgain(ctx: ChaosContext, journal: Journal): Promise<string[]> {
  const forgotten: string[] = [];
  const asked = [...journal.acknowledged.values()].slice(-askedAgain);
  await runWorkers(manyWorkers, () => asked.length > 0, async () => {
    const move = asked.pop();
    if (!move) return;
    const answer = await ctx.door('financial').untilDecided(move.request);
    journal.note(move, answer);
    if (!answer.replayed) forgotten.push(move.key);
  }); // prettier-ignore
  return forgotten;
}
