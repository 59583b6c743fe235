import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { endpointsFile, peopleFile } from './endpoints.ts';
import type { Progress } from './progress.ts';
import { runScript } from './script.ts';

/** Fills databases that are new, once: what became of that stands in `seed.json`. */
export async function seedOnce(devDir: string, wanted: boolean, progress: Progress): Promise<void> {
  const file = path.join(devDir, 'seed.json');
  const write = (state: 'none' | 'begun' | 'done'): void => {
    writeFileSync(file, JSON.stringify({ state }));
  };
  if (existsSync(file)) {
    const { state } = JSON.parse(readFileSync(file, 'utf8')) as { state: string };
    if (state === 'begun') progress.say('an earlier start was stopped while it seeded: --fresh starts from nothing');
    return;
  }
  if (!wanted) {
    write('none');
    return;
  }
  write('begun');
  await progress.step('seeding people, posts, pockets and banks', () =>
    runScript('dev/seed/index.ts', {
      env: { ENDPOINTS_FILE: endpointsFile(devDir), PEOPLE_FILE: peopleFile(devDir) },
      onLine: (line) => {
        progress.say(`  ${line}`);
      },
    }),
  );
  write('done');
}
