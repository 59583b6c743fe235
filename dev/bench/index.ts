// npm run bench: how CLYNC's home screen does beside the two ends it could be built at. See README.md.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createProgress } from '../stack/progress.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { benchHome } from './home.ts';
import { formatTable } from './report.ts';
import { setScene } from './scene.ts';
import { seedWorld } from './world/seed-world.ts';
import { fullPeople, planWorld } from './world/world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    people: { type: 'string', default: String(fullPeople) },
    rounds: { type: 'string', default: '5' },
    screens: { type: 'string', default: '800' },
    keep: { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [bench = 'home'] = positionals;

if (values.help || bench !== 'home') {
  console.log(`npm run bench [-- home] [-- --people N] [-- --keep] [-- --rounds N] [-- --screens N] [-- --profile DIR]
  --people   size of the world (${String(fullPeople)}); everything else grows with it
  --keep     keep the world in .dev/bench, and use it again
  --rounds, --screens   how often each way is measured (5), with how many screens (800)
  --profile  write a CPU profile of each process into a folder`);
  process.exit(values.help ? 0 : 2);
}

const progress = createProgress(console.log);
const world = planWorld(Number(values.people));
const devDir = values.keep ? path.join('.dev', 'bench') : mkdtempSync(path.join(tmpdir(), 'clync-bench-'));
const seededFile = path.join(devDir, 'world.json');
const isSeeded = existsSync(seededFile) && readFileSync(seededFile, 'utf8') === JSON.stringify(world);
mkdirSync(devDir, { recursive: true });
if (!isSeeded) rmSync(seededFile, { force: true });

const measured = ['bff-mobile', 'social', 'financial', 'flagship'];
/** As production runs them: no checks of our own answers, no line for each request that went well. */
const env: Record<string, string> = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  VALIDATE_RESPONSES: 'false',
};

let stack: Stack | undefined;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stack?.abandon();
    if (!values.keep) rmSync(devDir, { recursive: true, force: true });
    process.exit(130); // whatever still starts ends with this process
  });
}
try {
  stack = await startStack({
    devDir,
    ports: await freePorts(),
    fresh: !isSeeded,
    seed: false,
    nodeFlags: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(values.profile)}`],
    print: console.log,
    env: Object.fromEntries(measured.map((name) => [name, env])),
  });
  // Nothing waits to be done in this world; what is measured is reading.
  for (const name of ['social', 'financial', 'flagship', 'bff-admin']) await stack.process(`${name}-worker`).stop();
  if (!isSeeded) {
    await seedWorld(stack.endpoints, world, progress.say);
    writeFileSync(seededFile, JSON.stringify(world));
  }
  const scene = await setScene(stack, devDir, world);
  if (values.profile !== undefined) {
    for (const name of measured) progress.say(`${name} is process ${String(stack.process(name).pid)}`);
  }
  const effort = { rounds: Number(values.rounds), screens: Number(values.screens) };
  const rows = await benchHome(scene, effort, progress.say).finally(() => scene.close());
  console.log(`\n${formatTable(rows)}\n\nOnly the ratios mean something elsewhere; the rest is this machine, now.`);
} finally {
  await stack?.stop();
  if (!values.keep) rmSync(devDir, { recursive: true, force: true });
}
