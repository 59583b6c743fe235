/**
 * Compiles what production runs into dist/: the processes and what they stand on, with the contracts and migrations
 * they read, and a package.json whose `imports` lead to the compiled files.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

copyMatching('openapi/generated', /\.json$/);
cpSync(path.join(root, 'prisma'), path.join(dist, 'prisma'), {
  recursive: true,
  filter: (source) => !source.startsWith(path.join(root, 'prisma', 'generated')),
});

const { name, version, type, engines, imports } = JSON.parse(
  readFileSync(path.join(root, 'package.json'), 'utf8'),
) as Record<string, Record<string, string>>;
const compiled = Object.fromEntries(
  Object.entries(imports ?? {}).map(([from, to]) => [from, to.replace(/\.ts$/, '.js')]),
);
writeFileSync(
  path.join(dist, 'package.json'),
  `${JSON.stringify({ name, version, type, engines, imports: compiled }, null, 2)}\n`,
);
console.log(`built: ${path.relative(process.cwd(), dist)}`);

function copyMatching(folder: string, pattern: RegExp): void {
  mkdirSync(path.join(dist, folder), { recursive: true });
  for (const file of readdirSync(path.join(root, folder)).filter((entry) => pattern.test(entry))) {
    cpSync(path.join(root, folder, file), path.join(dist, folder, file));
  }
}
