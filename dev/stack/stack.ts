import { rmSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from '../../platform/testing/wait.ts';
import type { Child } from './child.ts';
import { createChildren } from './children.ts';
import type { Children } from './children.ts';
import { describeStack, endpointsFile, writeEndpoints } from './endpoints.ts';
import type { Endpoints } from './endpoints.ts';
import { lockDevDir } from './lock.ts';
import { busyPorts } from './places.ts';
import type { Ports } from './places.ts';
import { planServices } from './plan-services.ts';
import { planStandIns } from './plan-stand-ins.ts';
import { buildDir } from './plan.ts';
import type { ProcessPlan, World } from './plan.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { startReloading } from './reload.ts';
import { runScript } from './script.ts';
import { loadSecrets } from './secrets.ts';
import { seedOnce } from './seeding.ts';
import { migrate, startServers } from './servers.ts';
import { readSettings } from './settings.ts';

export interface StackOptions {
  /** Holds the data, the secrets and the logs. */
  devDir: string;
  ports: Ports;
  /** Start from nothing. */
  fresh?: boolean;
  /** Fill new databases with people. */
  seed?: boolean;
  /** Restart a process when one of its files is saved. */
  watch?: boolean;
  /** Gets what a person at the console should read. */
  print?: (line: string) => void;
  /** Variables for single processes, by name, over those of their plan. */
  env?: Record<string, Record<string, string>>;
  /** Arguments of Node.js itself for each process; by default it is asked to take little memory. */
  nodeFlags?: string[];
  /** Aborting it while the stack starts stops what has started. */
  signal?: AbortSignal;
}

/** A running stack. */
export interface Stack {
  endpoints: Endpoints;
  /** A process by its name (`social`, `social-worker`, `postgres`, …): to stop, kill or restart it. */
  process: (name: string) => Child;
  /** Stops everything, in order. */
  stop: () => Promise<void>;
  /** Kills everything at once. */
  abandon: () => void;
}

type Begun = Pick<World, 'devDir' | 'ports' | 'secrets' | 'settings'>;

/**
 * A dozen processes share one machine: small young generations, and WebAssembly (Prisma's query compiler) by V8's first
 * compiler alone. Each takes a third less memory.
 */
const lean = ['--enable-source-maps', '--max-semi-space-size=1', '--optimize-for-size', '--liftoff-only'];

const kept = ['postgres', 'azurite', 'entra', 'flagship-sandbox', 'logs', 'secrets.json', 'people.json', 'seed.json'];

/**
 * Starts the whole of CLYNC on this machine and resolves when everything answers. When something does not start,
 * everything is stopped again, and the error says what it was and what it said last.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { ports, env = {}, print = () => undefined, nodeFlags = lean, signal = new AbortController().signal } = options;
  const devDir = path.resolve(options.devDir);
  const progress = createProgress(print);
  const lock = lockDevDir(devDir);
  if (options.fresh === true)
    for (const name of kept) rmSync(path.join(devDir, name), { recursive: true, force: true });
  const children = createChildren({ devDir, lock, nodeFlags, say: progress.say });
  let reloading: { close(): void } | undefined;

  async function stop(): Promise<void> {
    reloading?.close();
    await children.stop();
    rmSync(endpointsFile(devDir), { force: true });
    lock.release();
  }

  async function begin(): Promise<Stack> {
    await claimPorts(ports, lock.wasStale);
    const begun: Begun = { devDir, ports, secrets: loadSecrets(devDir), settings: readSettings() };
    const start = async (plans: ProcessPlan[]): Promise<void> => {
      signal.throwIfAborted();
      await startAll(
        plans.map((plan) => withEnv(plan, env)),
        children,
        progress,
      );
    };

    const standIns = planStandIns(begun).map(built);
    const [world] = await Promise.all([
      startServers(begun, children, progress),
      build(progress).then(() => start(standIns)),
    ]);
    const services = planServices(world).map(built);
    await start(services);
    writeEndpoints(devDir, describeStack(world));
    await seedOnce(devDir, options.seed ?? false, progress);
    const endpoints = describeStack(world);
    writeEndpoints(devDir, endpoints);
    if (options.watch === true) {
      const plans = [...standIns, ...services];
      reloading = startReloading({ plans, get: children.get, progress, migrate: () => migrate(world) });
    }
    return { endpoints, process: children.get, stop, abandon: children.abandon };
  }

  try {
    return await Promise.race([begin(), untilAborted(signal)]);
  } catch (error) {
    await stop();
    throw error;
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('stopped while it started'));
    });
  });
}

/** Makes what is generated, then JavaScript of everything. */
async function build(progress: Progress): Promise<void> {
  await progress.step('generating types and clients', () => runScript('dev/generate.ts'));
  await progress.step('transpiling', () => runScript('dev/stack/transpile.ts'));
}

/** The processes of a run that was killed need a moment to notice; anybody else's port is an error at once. */
async function claimPorts(ports: Ports, wasStale: boolean): Promise<void> {
  if (wasStale) {
    await waitFor('ports', async () => (await busyPorts(ports)).length === 0, { everyMs: 200 }).catch(() => undefined);
  }
  const busy = await busyPorts(ports);
  if (busy.length > 0) {
    throw new Error(`something else listens on ${busy.join(', ')}: stop it, or choose another CLYNC_PORT_BASE`);
  }
}

async function startAll(plans: ProcessPlan[], children: Children, progress: Progress): Promise<void> {
  await Promise.all(
    plans.map((plan) => {
      const child = children.addProcess(plan);
      return progress.step(plan.name, () => child.start());
    }),
  );
}

/** The same plan, to be run as `transpile` made it. */
function built(plan: ProcessPlan): ProcessPlan {
  return { ...plan, entry: path.join(buildDir, plan.entry.replace(/\.ts$/, '.js')) };
}

function withEnv(plan: ProcessPlan, env: Record<string, Record<string, string>>): ProcessPlan {
  return { ...plan, env: { ...plan.env, ...env[plan.name] } };
}
