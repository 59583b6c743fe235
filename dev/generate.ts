/**
 * Makes what is derived from the contracts and the data schemas: bundled documents, their types, the problem catalogue
 * (openapi/generated) and the Prisma clients (prisma/generated). Does only what is out of date; `--force` does all.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundle, createConfig } from '@redocly/openapi-core';
import openapiTypescript, { astToString } from 'openapi-typescript';
import type { ProblemEntry } from '../platform/document.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
const contracts = path.join(root, 'openapi');
const generated = path.join(contracts, 'generated');
const clients = path.join(root, 'prisma', 'generated');

type Document = Record<string, unknown> & { 'x-problems'?: Record<string, ProblemEntry> };

/** Generates whatever is older than its source. Returns the names of what was made. */
export async function generate({ force = false, only }: { force?: boolean; only?: 'openapi' | 'prisma' } = {}) {
  const made = await Promise.all([
    only === 'prisma' ? [] : generateContracts(force),
    only === 'openapi' ? [] : generateClients(force),
  ]);
  return made.flat();
}

async function generateContracts(force: boolean): Promise<string[]> {
  const files = (await readdir(contracts)).filter((file) => file.endsWith('.yaml')).sort();
  const stamp = await hash(files.map((file) => path.join(contracts, file)).concat(import.meta.filename));
  const kept = path.join(generated, '.stamp');
  if (!force && (await isFresh(kept, stamp))) return [];

  await mkdir(generated, { recursive: true });
  const config = await createConfig({});
  const problems: Record<string, ProblemEntry> = {};
  for (const file of files) {
    const { bundle: bundled } = await bundle({ ref: path.join(contracts, file), config });
    const document = bundled.parsed as Document;
    collectProblems(problems, document, file);
    if (file === 'common.yaml') continue;
    const name = path.basename(file, '.yaml');
    await writeFile(path.join(generated, `${name}.json`), JSON.stringify(document));
    await writeFile(path.join(generated, `${name}.ts`), await typesOf(document));
  }
  await writeFile(path.join(generated, 'problems.ts'), problemModule(problems));
  await writeFile(kept, stamp);
  return files;
}

async function typesOf(document: Document): Promise<string> {
  return astToString(
    await openapiTypescript(JSON.stringify(document), { alphabetize: false, defaultNonNullable: false }),
  );
}

function collectProblems(all: Record<string, ProblemEntry>, document: Document, file: string): void {
  for (const [code, entry] of Object.entries(document['x-problems'] ?? {})) {
    const earlier = all[code];
    if (earlier && JSON.stringify(earlier) !== JSON.stringify(entry)) {
      throw new Error(`openapi/${file}: the problem ${code} is described differently in another document`);
    }
    all[code] = entry;
  }
}

function problemModule(problems: Record<string, ProblemEntry>): string {
  const entries = Object.fromEntries(Object.entries(problems).sort(([a], [b]) => a.localeCompare(b)));
  return `/** Every problem code of the contracts (x-problems). */\nexport const problems = ${JSON.stringify(entries, null, 2)} as const;\n`;
}

async function generateClients(force: boolean): Promise<string[]> {
  const owners = (await readdir(path.join(root, 'prisma'))).filter((owner) => existsSync(schemaOf(owner))).sort();
  await mkdir(clients, { recursive: true });
  const made = await Promise.all(owners.map((owner) => generateClient(owner, force)));
  return made.flat();
}

async function generateClient(owner: string, force: boolean): Promise<string[]> {
  const stamp = await hash([schemaOf(owner)]);
  const kept = path.join(clients, `.stamp-${owner}`);
  if (!force && (await isFresh(kept, stamp))) return [];
  const env = {
    ...process.env,
    // Prisma wants a native engine that it would download from its own host; generating does not run it, so any
    // executable satisfies the check.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  };
  const prisma = path.join(root, 'node_modules', 'prisma', 'build', 'index.js');
  await run(process.execPath, [prisma, 'generate', '--schema', schemaOf(owner)], { cwd: root, env });
  await writeFile(kept, stamp);
  return [`prisma/${owner}`];
}

function schemaOf(owner: string): string {
  return path.join(root, 'prisma', owner, 'schema.prisma');
}

async function hash(files: string[]): Promise<string> {
  const digest = createHash('sha256').update(process.version);
  for (const file of [...files, path.join(root, 'package-lock.json')]) digest.update(file).update(await readFile(file));
  return digest.digest('hex');
}

async function isFresh(file: string, stamp: string): Promise<boolean> {
  return existsSync(file) && (await readFile(file, 'utf8')) === stamp;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const only = process.argv.find((argument) => argument === 'openapi' || argument === 'prisma');
  const made = await generate({ force: process.argv.includes('--force'), ...(only && { only }) });
  console.log(made.length ? `generated: ${made.join(', ')}` : 'generated: everything is up to date');
}
