import { describeAnswer } from '../door.ts';
import type { Answer } from '../door.ts';
import type { Move } from './moves.ts';

/** What the callers were told, kept outside of everything that is killed. */
export interface Journal {
  /** What was acknowledged, by the id of its movement. */
  acknowledged: Map<string, Move>;
  /** What nobody asked about after the answer was lost, by key: there wholly, or not at all. */
  abandoned: Map<string, Move>;
  /** How often each refusal was given. */
  refusals: Map<string, number>;
  /** Answers that no caller should have got. */
  unexpected: string[];
  /** Movements that were acknowledged under two ids. */
  contradictions: string[];
  note(move: Move, answer: Answer): void;
  abandon(move: Move): void;
}

const fair = new Set(['insufficient_funds', 'movement_already_reversed']);

export function createJournal(): Journal {
  const idOfKey = new Map<string, string>();
  const journal: Journal = {
    acknowledged: new Map(),
    abandoned: new Map(),
    refusals: new Map(),
    unexpected: [],
    contradictions: [],
    note(move, answer) {
      const { id, code = '' } = answer.body;
      if (answer.status === 201 && id !== undefined) acknowledge(move, id);
      else if (fair.has(code)) journal.refusals.set(code, (journal.refusals.get(code) ?? 0) + 1);
      else journal.unexpected.push(describeAnswer(answer));
    },
    abandon(move) {
      journal.abandoned.set(move.key, move);
    },
  };

  function acknowledge(move: Move, id: string): void {
    const known = idOfKey.get(move.key) ?? id;
    if (known !== id) journal.contradictions.push(`${move.key} was ${known}, then ${id}`);
    idOfKey.set(move.key, id);
    journal.acknowledged.set(id, move);
  }
  return journal;
}
