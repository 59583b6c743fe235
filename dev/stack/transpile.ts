// Makes JavaScript of the sources that the stack runs, file by file, without checking types: in .dev/build, only what has
// changed. Processes started from it need half the memory and time of those that transpile for themselves.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformFile } from '@swc/core';
import type { Options } from '@swc/core';
import { buildDir } from './plan.ts';

const roots = ['platform', 'domain', 'bff-mobile', 'bff-admin', 'dev', 'openapi/generated', 'prisma/generated'];
const leftOut = new Set(['tests', 'journeys', 'bench', 'chaos', 'node_modules']);

// swc knows `rewriteRelativeImportExtensions`, its types do not yet.
const jsc: Options['jsc'] & { rewriteRelativeImportExtensions: boolean } = {
  parser: { syntax: 'typescript' },
  target: 'es2023',
  rewriteRelativeImportExtensions: true,
  transform: { verbatimModuleSyntax: true },
};
const options: Options = { swcrc: false, sourceMaps: 'inline', module: { type: 'es6' }, jsc };

/** Brings the build up to date with the sources. Answers how many files it had to make. */
async function transpile(): Promise<number> {
  const sources = roots.flatMap((root) => (existsSync(root) ? listFiles(root) : []));
  const made = await Promise.all(sources.map(transpileFile));
  writeAtomically(path.join(buildDir, 'package.json'), compiledManifest());
  removeOrphans(new Set(sources.map(targetOf)));
  return made.filter(Boolean).length;
}

async function transpileFile(source: string): Promise<boolean> {
  const target = targetOf(source);
  const changedAt = statSync(source).mtimeMs;
  if ((statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= changedAt) return false;
  const isCode = source.endsWith('.ts');
  writeAtomically(target, isCode ? (await transformFile(source, options)).code : readFileSync(source));
  return true;
}

function targetOf(source: string): string {
  return path.join(buildDir, source.replace(/\.ts$/, '.js'));
}

function listFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) return leftOut.has(entry.name) ? [] : listFiles(full);
    return entry.name.endsWith('.d.ts') ? [] : [full];
  });
}

/** The project's own package.json with its `imports` leading to JavaScript. */
function compiledManifest(): string {
  const { type, imports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    type: string;
    imports: Record<string, string>;
  };
  const compiled = Object.entries(imports).map(([name, target]) => [name, target.replace(/\.ts$/, '.js')]);
  return JSON.stringify({ type, imports: Object.fromEntries(compiled) as object });
}

/** Two stacks may do this at once: nobody must read half a file. */
function writeAtomically(target: string, text: string | Buffer): void {
  mkdirSync(path.dirname(target), { recursive: true });
  const draft = `${target}.${String(process.pid)}`;
  writeFileSync(draft, text);
  renameSync(draft, target);
}

/** A source that is gone must not live on in the build. */
function removeOrphans(wanted: Set<string>): void {
  for (const root of roots) {
    const built = path.join(buildDir, root);
    if (!existsSync(built)) continue;
    for (const file of listFiles(built)) if (/\.js$/.test(file) && !wanted.has(file)) rmSync(file);
  }
}

console.log(`${String(await transpile())} files`);
