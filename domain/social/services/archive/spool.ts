/** Writes sections to files, so that neither memory nor a second reading of the database is needed to know their length. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { safeCsv } from '#platform/csv';
import type { ArchivePage, ArchiveRecord } from './pages.ts';

/** A section as two files on disk: `file` and one of the two endings. */
export interface SpooledSection {
  section: string;
  file: string;
  count: number;
}

/** An array of JSON with one record a line, and a table of the same records. */
export const endings = ['.json', '.csv'] as const;

export async function spoolSections(dir: string, pages: AsyncIterable<ArchivePage>): Promise<SpooledSection[]> {
  const sections: SpooledSection[] = [];
  let current: Awaited<ReturnType<typeof openSection>> | undefined;
  try {
    for await (const { section, items } of pages) {
      if (current?.section !== section) {
        if (current) sections.push(await current.finish());
        current = await openSection(dir, section);
      }
      await current.write(items);
    }
    if (current) sections.push(await current.finish());
    return sections;
  } finally {
    await current?.close();
  }
}

async function openSection(dir: string, section: string) {
  const file = path.join(dir, section);
  await mkdir(path.dirname(file), { recursive: true });
  const json: FileHandle = await open(`${file}.json`, 'w');
  const columns = new Set<string>();
  let count = 0;
  let isOpen = true;

  async function close(): Promise<void> {
    if (isOpen) await json.close();
    isOpen = false;
  }
  return {
    section,
    close,
    async write(items: ArchiveRecord[]): Promise<void> {
      const lines = items.map((item, at) => `${count + at === 0 ? '[' : ','}\n${oneLine(item)}`);
      for (const item of items) for (const column of Object.keys(item)) columns.add(column);
      count += items.length;
      await json.write(lines.join(''));
    },
    async finish(): Promise<SpooledSection> {
      await json.write(count === 0 ? '[]\n' : '\n]\n');
      await close();
      await writeTable(file, [...columns]);
      return { section, file, count };
    },
  };
}

/** Readers of lines also break them at two characters that JSON does not escape. */
function oneLine(item: ArchiveRecord): string {
  return JSON.stringify(item)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}

/** What a spreadsheet would take for a formula begins with an apostrophe; lists and objects are JSON in their cell. */
async function writeTable(file: string, columns: string[]): Promise<void> {
  await pipeline(
    Readable.from(recordsOf(`${file}.json`)),
    stringify({
      header: columns.length > 0,
      columns,
      bom: true,
      ...safeCsv,
      cast: { boolean: String, object: (value) => JSON.stringify(value) },
    }),
    createWriteStream(`${file}.csv`),
  );
}

async function* recordsOf(jsonFile: string): AsyncGenerator<ArchiveRecord> {
  for await (const line of createInterface({ input: createReadStream(jsonFile), crlfDelay: Infinity })) {
    const record = line.replace(/,$/, '');
    if (record.startsWith('{')) yield JSON.parse(record) as ArchiveRecord;
  }
}
