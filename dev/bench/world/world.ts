/** How large the bench world is. Everything else follows from the number of people. */
export interface World {
  people: number;
  /** How many each person follows. The first person follows everybody. */
  follows: number;
  posts: number;
  pocketsEach: number;
  contributionsEach: number;
  /** Entries in the two pockets of the saver, who has nothing else: for measuring how a pocket grows. */
  fewEntries: number;
  manyEntries: number;
}

export const fullPeople = 10_000;

export function planWorld(people: number): World {
  return {
    people,
    follows: Math.min(200, people - 1),
    posts: people * 20,
    pocketsEach: 5,
    // With the opening balance 25 transactions a person, of two entries each.
    contributionsEach: 24,
    fewEntries: 1_000,
    manyEntries: Math.max(2_000, people * 100),
  };
}

/** The person after the last one; known to the ledger alone. */
export function saverOf({ people }: World): number {
  return people + 1;
}

/** The pockets of the saver come after everybody's. */
export function saverPockets({ people, pocketsEach }: World): { few: number; many: number } {
  return { few: people * pocketsEach + 1, many: people * pocketsEach + 2 };
}
