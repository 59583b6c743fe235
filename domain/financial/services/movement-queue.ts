import { setImmediate } from 'node:timers/promises';
import { currentContext } from '#platform/request-context';
import { waitedTooLong } from '../errors.ts';
import type { Context } from '../context.ts';
import type { MovementFacts } from './facts.ts';
import { askLedger, moveTogether } from './ledger.ts';
import type { BookedOrAsked, GroupedFunction } from './ledger.ts';

type Answer = BookedOrAsked<MovementFacts>;

/** A group holds an advisory lock for each of its keys, and PostgreSQL has room for 64 locks a connection it allows. */
const largestGroup = 100;

/** A movement of one pocket, as the functions of the ledger take it. */
export interface PocketMovement {
  pocketId: string;
  key: string;
}

export interface MovementQueue {
  /** Books a movement, alone or with others. @throws the Problem under whose code it was refused, as `askLedger`. */
  move(name: GroupedFunction, movement: PocketMovement): Promise<Answer>;
}

interface Waiting {
  name: GroupedFunction;
  movement: PocketMovement;
  /** Epoch milliseconds after which nobody waits for the answer any more. */
  deadline: number;
  resolve: (answer: Answer | Promise<Answer>) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: while a movement of a pocket is being booked, others of the same pocket wait, and go as one group when it is
 * through. A pocket that nobody else uses notices nothing; a hot one pays for one lock and one commit a group. Nothing is
 * answered before its group is committed, so that a process that dies loses nothing that it said was done.
 */
export function createMovementQueue({ db, log }: Pick<Context, 'db' | 'log'>): MovementQueue {
  /** Those that wait, by pocket; there is a list while something of the pocket is being booked. */
  const waiting = new Map<string, Waiting[]>();

  function move(name: GroupedFunction, movement: PocketMovement): Promise<Answer> {
    const line = waiting.get(movement.pocketId);
    if (line) {
      return new Promise((resolve, reject) => {
        line.push({ name, movement, deadline: currentContext()?.deadline ?? Infinity, resolve, reject });
      });
    }
    waiting.set(movement.pocketId, []);
    return alone(name, movement).finally(() => void takeTurns(movement.pocketId));
  }

  function alone(name: GroupedFunction, movement: PocketMovement): Promise<Answer> {
    return askLedger<MovementFacts>(db, name, movement);
  }

  /** Whoever fails with the group tries alone: the key sees to it that nothing is done twice. */
  async function together(pocketId: string, group: Waiting[]): ReturnType<typeof moveTogether> {
    try {
      return await moveTogether(db, pocketId, group);
    } catch (err) {
      log.warn({ err, pocketId, movements: group.length }, 'movements were not booked together: each goes alone');
      return [];
    }
  }

  async function takeTurns(pocketId: string): Promise<void> {
    for (;;) {
      await setImmediate(); // who was just answered may have more to do already
      const group = waiting.get(pocketId)?.splice(0, largestGroup) ?? [];
      if (group.length === 0) break;
      await carry(pocketId, group.filter(isInTime));
    }
    waiting.delete(pocketId);
  }

  async function carry(pocketId: string, group: Waiting[]): Promise<void> {
    const answers = group.length > 1 ? await together(pocketId, group) : [];
    const alones = group.flatMap(({ name, movement, resolve, reject }, place) => {
      const answer = answers[place] ?? alone(name, movement);
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
      return answer instanceof Promise ? [answer] : [];
    });
    // Nobody waits behind those that a group left out; one that is all there is goes as the first one did.
    if (group.length === 1) await Promise.allSettled(alones);
  }

  return { move };
}

function isInTime({ deadline, reject }: Waiting): boolean {
  if (Date.now() < deadline) return true;
  reject(waitedTooLong());
  return false;
}
