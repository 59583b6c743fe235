import type { Statement, StatementHead, StatementLine } from '../services/statements.ts';
import { createChecksum } from './statement-checksum.ts';
import { createCsv } from './statement-csv.ts';
import { createJson } from './statement-json.ts';
import { createPdf } from './statement-pdf.ts';

/** What writes a statement in one format: lines as they come, and the checksum at the end. */
export interface StatementWriter {
  add(lines: StatementLine[]): void;
  end(checksum: string): Buffer | Promise<Buffer>;
}

export type StatementFormat = 'csv' | 'json' | 'pdf';

const writers: Record<StatementFormat, (head: StatementHead) => StatementWriter> = {
  csv: createCsv,
  json: createJson,
  pdf: createPdf,
};

/** How many lines a statement may have: a PDF of more than about a hundred pages is nothing that a person reads. */
export const mostLines: Record<StatementFormat, number> = { csv: 100_000, json: 100_000, pdf: 5_000 };

/** The whole statement. It is not sent while it is written, because its digest stands in the head of the answer. */
export async function writeStatement({ head, pages }: Statement, format: StatementFormat): Promise<Buffer> {
  const writer = writers[format](head);
  const checksum = createChecksum(head);
  for await (const lines of pages) {
    lines.forEach(checksum.add);
    writer.add(lines);
  }
  return writer.end(checksum.end());
}
