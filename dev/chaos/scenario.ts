import type pg from 'pg';
import type { Random } from '../seed/random.ts';
import type { Stack } from '../stack/stack.ts';
import type { Door } from './door.ts';

/** One promise of reliability, and the way to break it. */
export interface Scenario {
  /** As `--only` names it: `R1`. */
  name: string;
  /** What is promised, in a few words. */
  promise: string;
  /** Does its worst to a running stack that is whole again when it ends, and answers what it saw. */
  run(ctx: ChaosContext): Promise<Figure[]>;
}

/** What a scenario may use. It leaves processes and faults as it found them. */
export interface ChaosContext {
  stack: Stack;
  devDir: string;
  /** The same for the same seed and scenario; decides what is done, not how processes take turns. */
  random: Random;
  /** The figure for this run: the first in the short form, the second in the long one. */
  scale(short: number, long: number): number;
  /** As bff-mobile to a domain service; as the phone of a person to bff-mobile. */
  door(service: 'bff-mobile' | 'social' | 'financial' | 'flagship'): Door;
  /** SQL as the owner of a schema, who reads behind every function. */
  sql(owner: string): pg.Pool;
  /** Resolves when every process is ready. */
  untilReady(): Promise<void>;
  say(line: string): void;
}

/** One line of the report: a count or a time, and what it must be to keep the promise. */
export interface Figure {
  what: string;
  value: number;
  unit?: 'ms' | 's';
  must?: { be: number } | { atMost: number } | { atLeast: number };
  /** Shown under a figure that was missed: the first few examples. */
  examples?: string[];
}
