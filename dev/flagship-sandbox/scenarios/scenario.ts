import type { Sandbox } from '../sandbox.ts';

/** Something that happens at banks, on demand. */
export interface Scenario {
  /** What the id names that it happens to. */
  on: 'consent' | 'account' | 'transaction' | 'transfer';
  about: string;
  /** Answers what it came to. */
  run(sandbox: Sandbox, id: string): object;
}
