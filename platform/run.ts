import { ConfigError } from './env.ts';

interface Process {
  start(): Promise<unknown>;
  stop(): Promise<void>;
}

/** A process that was told to stop has ended after this time, whatever does not close. */
export const longestStopMs = 25_000;

/**
 * The entry of every process: builds it, starts it, and stops it in order on SIGTERM or SIGINT. A configuration that is
 * not complete ends it with exit code 1 and the names of the variables.
 */
export async function run(create: () => Promise<Process> | Process): Promise<void> {
  try {
    const process_ = await create();
    // Before the start: as the first process of a container, Node would not hear a signal that nothing listens for.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(process_));
    await process_.start();
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
}

async function stop(process_: Process): Promise<void> {
  // A resource that does not close must not keep a stopped process alive.
  setTimeout(() => process.exit(1), longestStopMs).unref();
  await process_.stop();
  process.exit(0);
}
