import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { leashArguments } from '../../platform/testing/leash.ts';

/** Runs a TypeScript file to its end; `onLine` gets what it prints. Throws with all of that when it fails. */
export async function runScript(
  entry: string,
  {
    args = [],
    env = {},
    onLine = () => undefined,
  }: { args?: string[]; env?: Record<string, string>; onLine?: (line: string) => void } = {},
): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', ...leashArguments, entry, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    if (!output) continue;
    createInterface({ input: output }).on('line', (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0)
    throw new Error(`${[entry, ...args].join(' ')} failed:\n${lines.map((line) => `    ${line}`).join('\n')}`);
}
