import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Records } from './records.ts';

export type Kind = keyof Records;
type Line = { [K in Kind]: [kind: K, id: string, value: Records[K]] }[Kind];

/**
 * The sandbox's memory: maps, and a journal of one line for each write, so that a killed sandbox comes back as it was.
 * The journal is compacted when it is opened; a line that was cut by a kill is dropped.
 */
export interface Store {
  get<K extends Kind>(kind: K, id: string): Records[K] | undefined;
  list<K extends Kind>(kind: K): Records[K][];
  count(kind: Kind): number;
  put<K extends Kind>(kind: K, id: string, value: Records[K]): Records[K];
  close(): void;
}

export function openStore(dataDir: string): Store {
  mkdirSync(dataDir, { recursive: true });
  const file = path.join(dataDir, 'journal.jsonl');
  const maps = new Map<Kind, Map<string, Records[Kind]>>();
  const mapOf = <K extends Kind>(kind: K): Map<string, Records[K]> => {
    if (!maps.has(kind)) maps.set(kind, new Map());
    return maps.get(kind) as Map<string, Records[K]>;
  };

  for (const [kind, id, value] of readJournal(file)) mapOf(kind).set(id, value);
  compact(file, maps);
  const journal = openSync(file, 'a');

  return {
    get: (kind, id) => mapOf(kind).get(id),
    list: (kind) => [...mapOf(kind).values()],
    count: (kind) => mapOf(kind).size,
    put: (kind, id, value) => {
      writeSync(journal, `${JSON.stringify([kind, id, value])}\n`);
      mapOf(kind).set(id, value);
      return value;
    },
    close: () => {
      closeSync(journal);
    },
  };
}

function readJournal(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  // What follows the last line break was cut by a kill; after a clean stop it is empty.
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Line);
}

function compact(file: string, maps: Map<Kind, Map<string, Records[Kind]>>): void {
  const lines = [...maps].flatMap(([kind, map]) =>
    [...map].map(([id, value]) => `${JSON.stringify([kind, id, value])}\n`),
  );
  writeFileSync(`${file}.new`, lines.join(''));
  renameSync(`${file}.new`, file);
}
