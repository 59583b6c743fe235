import type { Child } from './child.ts';
import type { ProcessPlan } from './plan.ts';
import type { Progress } from './progress.ts';
import { runScript } from './script.ts';
import { watchSources } from './watch-sources.ts';

const everything = ['platform', 'domain', 'bff-mobile', 'bff-admin', 'dev', 'openapi', 'prisma'];

/** Restarts a process when one of its files is saved; makes again what is generated, and migrates, when that changed. */
export function startReloading(options: {
  plans: ProcessPlan[];
  get: (name: string) => Child;
  progress: Progress;
  /** Runs new migrations. */
  migrate: () => Promise<void>;
}): { close(): void } {
  const { plans, get, progress, migrate } = options;
  let work: Promise<void> = Promise.resolve();

  async function reload(files: string[]): Promise<void> {
    const names = affected(plans, files);
    const isGenerated = files.some((file) => /^(openapi|prisma)\b/.test(file));
    if (names.length === 0 && !isGenerated) return;
    const what = files.length === 1 ? (files[0] ?? '') : `${String(files.length)} files`;
    try {
      if (isGenerated) await progress.step(`${what} changed: generating`, () => runScript('dev/generate.ts'));
      if (files.some((file) => file.endsWith('migration.sql'))) await progress.step('migrating', migrate);
      if (names.length === 0) return;
      await runScript('dev/stack/transpile.ts');
      await progress.step(`${what} changed: restarting ${names.join(', ')}`, () => restart(names));
    } catch (error) {
      progress.say(error instanceof Error ? error.message : String(error));
      progress.say('waiting for the next change');
    }
  }

  async function restart(names: string[]): Promise<void> {
    const results = await Promise.allSettled(names.map((name) => get(name).restart()));
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    if (failed.length > 0) throw new Error(failed.join('\n'));
  }

  const watcher = watchSources(everything, (files) => {
    work = work.then(() => reload(files));
  });
  return watcher;
}

/** The processes that run code below one of the changed files' folders. */
export function affected(plans: ProcessPlan[], files: string[]): string[] {
  const shared = /^(platform|openapi)\//;
  const isHit = (plan: ProcessPlan): boolean =>
    files.some((file) => shared.test(file) || plan.watches.some((folder) => file.startsWith(`${folder}/`)));
  return plans.filter(isHit).map(({ name }) => name);
}
