// npm run dev: the whole of CLYNC on this machine. See startStack for what that is.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { portsAbove } from './places.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack.ts';
import { describeForPeople } from './welcome.ts';

const { values } = parseArgs({
  options: { fresh: { type: 'boolean' }, 'no-seed': { type: 'boolean' }, help: { type: 'boolean' } },
});
if (values.help === true) {
  console.log(`npm run dev [-- --fresh] [-- --no-seed]
  --fresh     start from nothing
  --no-seed   leave new databases empty
  CLYNC_PORT_BASE (4000) and CLYNC_DEV_DIR (.dev) make room for a second stack`);
  process.exit();
}

let stack: Stack | undefined;
let stopping = false;
const starting = new AbortController();
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
process.on('SIGHUP', onSignal);
if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent(process.ppid);

try {
  stack = await startStack({
    devDir: process.env['CLYNC_DEV_DIR'] ?? '.dev',
    ports: portsAbove(Number(process.env['CLYNC_PORT_BASE'] ?? 4000)),
    fresh: values.fresh ?? false,
    seed: values['no-seed'] !== true,
    watch: true,
    print: console.log,
    signal: starting.signal,
  });
  console.log(describeForPeople(stack.endpoints));
  console.log('CLYNC is ready');
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exit(1); // whatever still starts ends with this process
}

/** Whoever stops npm alone (a script, a build server) leaves us without a parent and without a signal. */
function stopWithParent(parent: number): void {
  setInterval(() => {
    if (process.ppid !== parent && !stopping) void stop();
  }, 1_000).unref();
}

function onSignal(): void {
  void stop();
}

/** The first signal stops everything in order; the second does not wait. */
async function stop(): Promise<void> {
  if (stopping) {
    stack?.abandon();
    process.exit(130);
  }
  stopping = true;
  console.log('\nstopping; once more to stop at once');
  if (!stack) {
    starting.abort(); // startStack stops what it has started, and throws
    return;
  }
  await stack.stop();
  console.log('stopped');
  process.exit();
}
