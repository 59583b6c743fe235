import { auditFigures, auditJournal } from './bank/audit.ts';
import { createJournal } from './bank/journal.ts';
import type { Journal } from './bank/journal.ts';
import { planMove, planReversal } from './bank/moves.ts';
import type { Move } from './bank/moves.ts';
import { accountsEach, openSavers } from './bank/savers.ts';
import { watchBooks } from './bank/watch-books.ts';
import type { ChaosContext, Figure, Scenario } from './scenario.ts';
import { manyWorkers, runWorkers } from './workers.ts';

/** R1: between many and between few accounts, each movement reversed twice at once, the books checked meanwhile. */
export const moneyIsPreserved: Scenario = {
  name: 'R1',
  promise: 'money is preserved',
  async run(ctx) {
    const transfers = ctx.scale(5_000, 100_000);
    return [
      ...(await moveAndReverse(ctx, { accounts: 200, transfers })),
      ...(await moveAndReverse(ctx, { accounts: 4, transfers })),
    ];
  },
};

/** Also for a journey of a few seconds. */
export async function moveAndReverse(
  ctx: ChaosContext,
  { accounts, transfers }: { accounts: number; transfers: number },
): Promise<Figure[]> {
  const name = `${String(accounts)} accounts`;
  const sql = ctx.sql('financial');
  const savers = await openSavers(ctx, accounts / accountsEach);
  const journal = createJournal();
  const counts = { planned: 0, booked: 0, reversed: 0, reversedTwice: 0 };
  const watch = watchBooks(sql);
  const begun = performance.now();

  await runWorkers(manyWorkers, () => counts.booked < transfers, async () => {
    counts.planned += 1;
    const move = planMove(ctx.random, savers, `${name} ${String(counts.planned)}`, { bold: true });
    const movementId = await send(ctx, journal, move);
    if (movementId === undefined) return;
    counts.booked += 1;
    const reversals = await Promise.all(['a', 'b'].map((twin) => send(ctx, journal, planReversal(move, movementId, `${move.key} ${twin}`)))); // prettier-ignore
    const done = reversals.filter((id) => id !== undefined).length;
    if (done > 0) counts.reversed += 1;
    if (done > 1) counts.reversedTwice += 1;
  }); // prettier-ignore

  const seconds = (performance.now() - begun) / 1000;
  const watched = await watch.stop();
  const audit = await auditJournal(sql, savers, journal);
  ctx.say(`${name}: ${String(counts.booked)} transfers in ${seconds.toFixed(1)} s`);
  return [
    { what: `${name}: transfers`, value: counts.booked, must: { atLeast: transfers } },
    { what: 'reversed', value: counts.reversed, must: { atLeast: transfers / 2 } },
    { what: 'reversed twice', value: counts.reversedTwice, must: { be: 0 } },
    { what: 'refused for want of money', value: journal.refusals.get('insufficient_funds') ?? 0 },
    { what: 'other answers', value: journal.unexpected.length, must: { be: 0 }, examples: journal.unexpected },
    { what: 'checks of the books meanwhile', value: watched.checks, must: { atLeast: 1 } },
    { what: 'faults found meanwhile', value: watched.faults.length, must: { be: 0 }, examples: watched.faults },
    ...auditFigures(audit),
  ];
}

/** Sends one movement until its answer decides; the id under which it was booked, or undefined when it was refused. */
async function send(ctx: ChaosContext, journal: Journal, move: Move): Promise<string | undefined> {
  const answer = await ctx.door('financial').untilDecided(move.request);
  journal.note(move, answer);
  return answer.status === 201 ? answer.body.id : undefined;
}
