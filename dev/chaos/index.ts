// npm run chaos: does its worst to a whole stack, and fails when a promise of reliability was not kept. See README.md.
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createProgress } from '../stack/progress.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { openContext } from './chaos-context.ts';
import { formatResult, isKept } from './report.ts';
import type { Result } from './report.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    help: { type: 'boolean', default: false },
  },
});
const names = scenarios.map(({ name }) => name);
const asked = values.only?.split(',') ?? names;
const unknown = asked.filter((name) => !names.includes(name));
if (values.help || unknown.length > 0) {
  console.log(`npm run chaos [-- --long] [-- --only R1,R3] [-- --seed N]
  --long   the large figures, for hours; without it all together take minutes
  --only   some of ${names.join(', ')}
  --seed   does what a former run did`);
  process.exit(values.help ? 0 : 2);
}

const seed = Number(values.seed);
const progress = createProgress(console.log);
const devDir = mkdtempSync(path.join(tmpdir(), 'clync-chaos-'));
let stack: Stack | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stack?.abandon();
    rmSync(devDir, { recursive: true, force: true });
    process.exit(130); // whatever still starts ends with this process
  });
}

const results: Result[] = [];
try {
  stack = await startChaosStack();
  for (const scenario of scenarios.filter(({ name }) => asked.includes(name))) {
    results.push(await runScenario(stack, scenario));
  }
} finally {
  await stack?.stop();
  rmSync(devDir, { recursive: true, force: true });
}
console.log(`\nseed ${String(seed)}\n\n${results.map(formatResult).join('\n\n')}\n`);
process.exit(results.every(isKept) ? 0 : 1);

/** As production runs it, but with every answer checked against its contract. */
async function startChaosStack(): Promise<Stack> {
  const quiet = { NODE_ENV: 'production', LOG_LEVEL: 'warn' };
  const processes = ['bff-mobile', 'bff-admin', 'social', 'financial', 'flagship'];
  return startStack({
    devDir,
    ports: await freePorts(),
    seed: false,
    nodeFlags: [],
    print: console.log,
    env: Object.fromEntries(processes.flatMap((name) => [[name, quiet], [`${name}-worker`, quiet]])), // prettier-ignore
  });
}

async function runScenario(running: Stack, scenario: Scenario): Promise<Result> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  const say = (line: string) => {
    progress.say(`${scenario.name}  ${line}`);
  };
  const ctx = await openContext({ stack: running, devDir, say }, { name: scenario.name, seed, isLong: values.long });
  try {
    say(`${scenario.promise}, seed ${String(seed)}`);
    await ctx.untilReady();
    return { scenario, figures: await scenario.run(ctx), seconds: seconds() };
  } catch (failure) {
    return { scenario, figures: [], seconds: seconds(), failure };
  } finally {
    await ctx.close();
  }
}
