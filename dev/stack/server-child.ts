import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child, ChildContext } from './child.ts';

/** A server from npm, as startPostgres and startAzurite give it. */
export interface Server {
  process: ChildProcess;
  stop(): Promise<void>;
  /** When `process` is only what holds the server. */
  serverPid?(): number;
}

/** Makes PostgreSQL or Azurite a part of the stack like its others: it comes back after a crash. */
export class ServerChild<S extends Server> implements Child {
  readonly name: string;
  readonly #begin: () => Promise<S>;
  readonly #context: Pick<ChildContext, 'onSpawn' | 'say'>;
  #current: S | undefined;
  #beginning: Promise<S> | undefined;
  #isWanted = false;

  constructor(name: string, begin: () => Promise<S>, context: Pick<ChildContext, 'onSpawn' | 'say'>) {
    this.name = name;
    this.#begin = begin;
    this.#context = context;
  }

  get pid(): number | undefined {
    return this.#current?.serverPid?.() ?? this.#current?.process.pid;
  }

  /** The server that runs now; throws while it is down. */
  get server(): S {
    if (!this.#current) throw new Error(`${this.name} is down`);
    return this.#current;
  }

  async start(): Promise<void> {
    this.#isWanted = true;
    if (!this.#current) await this.#launch();
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    // Also one that is still starting.
    const server = await this.#beginning?.catch(() => undefined);
    await server?.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async kill(signal: NodeJS.Signals, { keepDown = false } = {}): Promise<void> {
    if (keepDown) this.#isWanted = false;
    const { pid } = this;
    if (!this.#current || pid === undefined) return;
    const ended = once(this.#current.process, 'exit');
    process.kill(pid, signal);
    await ended;
  }

  async #launch(): Promise<void> {
    this.#beginning = this.#begin();
    const launched = await this.#beginning;
    if (launched.process.pid !== undefined) this.#context.onSpawn(launched.process.pid);
    this.#current = launched;
    launched.process.once('exit', () => {
      this.#current = undefined;
      if (this.#isWanted) void this.#comeBack();
    });
  }

  async #comeBack(): Promise<void> {
    const { say } = this.#context;
    say(`${this.name} crashed, starts again`);
    while (this.#isWanted && !this.#current) {
      try {
        await this.#launch();
        say(`${this.name} is back`);
      } catch (error) {
        say(error instanceof Error ? error.message : String(error));
        await delay(1_000);
      }
    }
  }
}
