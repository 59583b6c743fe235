import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const shownLevels = new Set(['warn', 'error', 'fatal']);
const remembered = 15;

/** The log of one child: everything goes to its file, what someone should see is handed on. */
export interface ChildLog {
  /** Takes the output of a (new) process. */
  follow(output: Readable): void;
  /** The last lines, for when it fails. */
  tail(): string[];
  /** Forgets the last lines: a new process begins. */
  reset(): void;
  close(): Promise<void>;
}

/** `show` gets each WARN, ERROR and FATAL line, as `WARN what happened`. */
export function createChildLog(file: string, show: (line: string) => void): ChildLog {
  const stream = createWriteStream(file, { flags: 'a' });
  let lines: string[] = [];
  return {
    follow(output) {
      createInterface({ input: output }).on('line', (line) => {
        stream.write(`${line}\n`);
        lines = [...lines.slice(1 - remembered), line];
        const warning = readWarning(line);
        if (warning !== undefined) show(warning);
      });
    },
    tail: () => lines.map((line) => readMessage(line) ?? line),
    reset() {
      lines = [];
    },
    close: () =>
      new Promise((resolve) => {
        stream.end(resolve);
      }),
  };
}

interface LogLine {
  level?: string;
  msg?: string;
  err?: { message?: string };
}

function parse(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}

function readWarning(line: string): string | undefined {
  const level = parse(line)?.level;
  return level !== undefined && shownLevels.has(level) ? readMessage(line) : undefined;
}

function readMessage(line: string): string | undefined {
  const entry = parse(line);
  if (!entry) return undefined;
  const cause = entry.err?.message === undefined ? '' : `: ${entry.err.message}`;
  return `${(entry.level ?? '').toUpperCase()} ${entry.msg ?? ''}${cause}`;
}
