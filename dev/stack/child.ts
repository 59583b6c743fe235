import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { leashArguments } from '../../platform/testing/leash.ts';
import type { ChildLog } from './child-log.ts';
import { endOf, isAlive, killGroup } from './child-process.ts';
import type { ProcessPlan } from './plan.ts';
import { isReady } from './ready.ts';

const readyMs = 60_000;
const shortestBackoffMs = 500;
const longestBackoffMs = 15_000;
/** Whoever lived this long did not crash because of its start. */
const steadyMs = 20_000;

/** One part of the stack, kept alive. */
export interface Child {
  readonly name: string;
  /** Process id; undefined while it is down. */
  readonly pid: number | undefined;
  /** Starts it and waits until it is ready; throws, with its last lines, when it ends before that. */
  start(): Promise<void>;
  /** Stops it, and keeps it down. Kills what has not ended by the deadline. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** Sends a signal, as a crash would; it comes back by itself unless `keepDown`. Waits until it has ended. */
  kill(signal: NodeJS.Signals, options?: { keepDown?: boolean }): Promise<void>;
}

export interface ChildContext {
  log: ChildLog;
  /** Called with the id of each new process. */
  onSpawn: (pid: number) => void;
  /** Tells the person at the console. */
  say: (line: string) => void;
  /** Arguments of Node.js itself. */
  nodeFlags?: string[];
  /** How long it may take to stop before it is killed. */
  stopMs?: number;
}

/** A process of ours, run as its plan says. */
export function createChild(plan: ProcessPlan, context: ChildContext): Child {
  return new PlannedChild(plan, context);
}

class PlannedChild implements Child {
  readonly #plan: ProcessPlan;
  readonly #context: ChildContext;
  #current: ChildProcess | undefined;
  #isWanted = false;
  #backoffMs = shortestBackoffMs;

  constructor(plan: ProcessPlan, context: ChildContext) {
    this.#plan = plan;
    this.#context = context;
  }

  get name(): string {
    return this.#plan.name;
  }

  get pid(): number | undefined {
    return this.#current?.pid;
  }

  async start(): Promise<void> {
    this.#isWanted = true;
    this.#backoffMs = shortestBackoffMs;
    if (!this.#current) await this.#launch();
  }

  async stop(): Promise<void> {
    const { say, stopMs = 12_000 } = this.#context;
    this.#isWanted = false;
    const ending = this.#current;
    if (!ending || !isAlive(ending)) return;
    const ended = once(ending, 'exit');
    ending.kill('SIGTERM');
    const timer = setTimeout(() => {
      say(`${this.name} did not stop in ${String(stopMs / 1000)} s and is killed`);
      killGroup(ending);
    }, stopMs);
    await ended;
    clearTimeout(timer);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async kill(signal: NodeJS.Signals, { keepDown = false } = {}): Promise<void> {
    if (keepDown) this.#isWanted = false;
    const ending = this.#current;
    if (!ending) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    await ended;
  }

  /** Starts a process and waits until it is ready; from then on it comes back by itself. */
  async #launch(): Promise<void> {
    const bornAt = performance.now();
    const launched = this.#spawn();
    this.#current = launched;
    launched.once('exit', () => {
      if (this.#current === launched) this.#current = undefined;
    });
    await this.#untilReady(launched);
    launched.once('exit', () => {
      if (performance.now() - bornAt > steadyMs) this.#backoffMs = shortestBackoffMs;
      if (this.#isWanted) void this.#comeBack(endOf(launched));
    });
    // It may have ended between the answer and the line above.
    if (!isAlive(launched) && this.#isWanted) void this.#comeBack(endOf(launched));
  }

  #spawn(): ChildProcess {
    const { log, nodeFlags = [], onSpawn } = this.#context;
    log.reset();
    const spawned = spawn(process.execPath, [...nodeFlags, ...leashArguments, this.#plan.entry], {
      env: { ...inheritedEnvironment(), ...this.#plan.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true, // a group of its own: Ctrl-C reaches the supervisor alone, which stops things in order
    });
    if (spawned.pid !== undefined) onSpawn(spawned.pid);
    for (const output of [spawned.stdout, spawned.stderr]) if (output) log.follow(output);
    return spawned;
  }

  async #untilReady(launched: ChildProcess): Promise<void> {
    const deadline = performance.now() + readyMs;
    while (isAlive(launched)) {
      if (await isReady(this.#plan.readyUrl)) return;
      if (performance.now() > deadline) throw this.#failure('did not get ready');
      await delay(50);
    }
    if (!this.#isWanted) throw new Error(`${this.name} was stopped while it started`);
    await delay(50); // its last lines are still on their way
    throw this.#failure(`ended at its start (${endOf(launched)})`);
  }

  async #comeBack(reason: string): Promise<void> {
    const { say } = this.#context;
    say(`${this.name} crashed (${reason}), starts again in ${String(this.#backoffMs / 1000)} s`);
    await delay(this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, longestBackoffMs);
    if (!this.#isWanted || this.#current) return;
    try {
      await this.#launch();
      say(`${this.name} is back`);
    } catch (error) {
      if (this.#isGivenUp()) return;
      say(error instanceof Error ? error.message : String(error));
      void this.#comeBack('again');
    }
  }

  /** Asked anew: somebody may have stopped it while this waited. */
  #isGivenUp(): boolean {
    return !this.#isWanted;
  }

  #failure(what: string): Error {
    const lines = this.#context.log.tail().map((line) => `    ${line}`);
    return new Error(`${this.name} ${what}; its last lines:\n${lines.join('\n') || '    (none)'}`);
  }
}

/** What a program needs to run at all; its configuration comes from its plan alone. */
function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'USER', 'TMPDIR', 'TEMP', 'TZ', 'SystemRoot'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
