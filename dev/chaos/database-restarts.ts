import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { waitFor } from '../../platform/testing/wait.ts';
import { auditFigures, auditJournal } from './bank/audit.ts';
import { createJournal } from './bank/journal.ts';
import type { Journal } from './bank/journal.ts';
import { planMove } from './bank/moves.ts';
import type { Move } from './bank/moves.ts';
import { openSavers } from './bank/savers.ts';
import { describeAnswer } from './door.ts';
import type { Answer, Request } from './door.ts';
import { registerSomebody } from './register.ts';
import type { ChaosContext, Figure, Scenario } from './scenario.ts';
import { watchLife } from './watch-life.ts';
import { runWorkers } from './workers.ts';

/** R3: PostgreSQL is restarted under load without a chance to say goodbye, and every process is there to see it. */
export const databaseRestarts: Scenario = {
  name: 'R3',
  promise: 'a database restart is an interruption, not an error',
  run: (ctx) => restartDuringLoad(ctx, ctx.scale(5, 50)),
};

/** What one side of the load saw. */
interface Seen {
  /** When something succeeded. */
  successes: number[];
  /** Answers that were neither fair nor a 503 problem. */
  errors: string[];
  interruptions: number;
}

/** Also for a journey of a few seconds. */
export async function restartDuringLoad(ctx: ChaosContext, restarts: number): Promise<Figure[]> {
  const savers = await openSavers(ctx, 5);
  const person = await registerSomebody(ctx);
  const journal = createJournal();
  const money = createSeen();
  const screens = createSeen();
  const life = watchLife(ctx.stack);
  let planned = 0;
  const nextMove = () => planMove(ctx.random, savers, `restarts ${String((planned += 1))}`);
  const backAt: number[] = [];
  const goesOn = () => backAt.length < restarts;
  await Promise.all([
    runWorkers(14, goesOn, () => moveMoney(ctx, nextMove(), journal, money)),
    runWorkers(2, goesOn, () => usePhone(ctx, person, screens)),
    restartAgainAndAgain(ctx, { goesOn, backAt, seen: [money, screens] }),
  ]);
  await ctx.untilReady();
  const { exits, silences } = await life.stop();
  const audit = await auditJournal(ctx.sql('financial'), savers, journal);
  return [
    { what: 'immediate restarts of PostgreSQL', value: backAt.length },
    { what: 'processes that ended', value: exits.length, must: { be: 0 }, examples: exits },
    { what: 'times that one was not alive', value: silences.length, must: { be: 0 }, examples: silences },
    ...seenFigures('financial', money, backAt),
    ...seenFigures('bff-mobile', screens, backAt),
    { what: 'movements acknowledged', value: journal.acknowledged.size, must: { atLeast: restarts } },
    ...auditFigures(audit),
  ];
}

/** Goes on to the next restart only when both sides were served again after the last one. */
async function restartAgainAndAgain(
  ctx: ChaosContext,
  { goesOn, backAt, seen }: { goesOn: () => boolean; backAt: number[]; seen: Seen[] },
): Promise<void> {
  while (goesOn()) {
    await delay(500 + ctx.random.below(1_000));
    const back = await restartDatabase(ctx);
    await waitFor('both sides to be served again', () => seen.every((side) => firstAfter(side, back) !== undefined));
    backAt.push(back);
  }
}

function seenFigures(name: string, { errors, interruptions, successes }: Seen, backAt: number[]): Figure[] {
  const waits = backAt.map((back) => (firstAfter({ successes }, back) ?? NaN) - back);
  return [
    { what: `${name}: answers 503`, value: interruptions, must: { atLeast: 1 } },
    { what: `${name}: other errors`, value: errors.length, must: { be: 0 }, examples: errors },
    { what: `${name}: latest first success after it was back`, value: Math.max(...waits), unit: 'ms', must: { atMost: 1_000 } }, // prettier-ignore
  ];
}

async function moveMoney(ctx: ChaosContext, move: Move, journal: Journal, seen: Seen): Promise<void> {
  journal.note(move, await ctx.door('financial').untilDecided(move.request, noteIn(seen)));
}

/** What needs both databases. */
async function usePhone(ctx: ChaosContext, userId: string, seen: Seen): Promise<void> {
  const path = ctx.random.pick(['/v1/me', '/v1/pockets', '/v1/accounts', '/v1/screens/feed', '/v1/screens/pockets']);
  const request: Request = { as: userId, method: 'GET', path };
  await ctx.door('bff-mobile').untilDecided(request, noteIn(seen));
}

function createSeen(): Seen {
  return { successes: [], errors: [], interruptions: 0 };
}

function noteIn(seen: Seen): (answer: Answer) => void {
  return (answer) => {
    const { status, contentType, at } = answer;
    const isProblem = contentType.startsWith('application/problem+json');
    if (status >= 200 && status < 300) seen.successes.push(at);
    else if (status === 503 && isProblem) seen.interruptions += 1;
    else if (status !== 409 || !isProblem) seen.errors.push(describeAnswer(answer));
  };
}

function firstAfter({ successes }: Pick<Seen, 'successes'>, moment: number): number | undefined {
  return successes.find((at) => at > moment);
}

/** Answers when the database takes connections again. */
async function restartDatabase({ stack }: ChaosContext): Promise<number> {
  await stack.process('postgres').kill('SIGQUIT'); // the immediate shutdown: what runs is cut off; the stack starts it again
  return waitFor('PostgreSQL to be back', () => connect(stack.endpoints.postgres['postgres'] ?? ''), { everyMs: 10 });
}

async function connect(connectionString: string): Promise<number | false> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return performance.now();
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
