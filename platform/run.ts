import { ConfigError } from './env.ts';

interface Process {
  start(): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * The entry of every process: builds it, starts it, and stops it in order on SIGTERM or SIGINT. A configuration that is
 * not complete ends it with exit code 1 and the names of the variables.
 */
export async function run(create: () => Promise<Process> | Process): Promise<void> {
  try {
    const process_ = await create();
    await process_.start();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(process_));
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
}

async function stop(process_: Process): Promise<void> {
  // A resource that does not close must not keep a stopped process alive.
  setTimeout(() => process.exit(1), 25_000).unref();
  await process_.stop();
  process.exit(0);
}
