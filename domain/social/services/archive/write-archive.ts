import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { JobContext } from '../../context.ts';
import { firstId } from '../../helpers/page.ts';
import { listEverything } from './pages.ts';
import { endings, spoolSections } from './spool.ts';
import type { SpooledSection } from './spool.ts';
import type { Measure } from './stream-meter.ts';
import { openZip } from './zip.ts';
import type { Zip } from './zip.ts';

type ArchiveContext = Pick<JobContext, 'db' | 'blobs' | 'exports' | 'clock' | 'financial' | 'flagship'>;

interface Wanted {
  id: string;
  accountId: string;
}

interface Archive extends Measure {
  counts: Record<string, number>;
}

/** A line of the manifest. `count` is the number of records in it. */
type ManifestEntry = Measure & { path: string; count: number };

const picturesAtOnce = 100;

/** Gathers everything, then streams it into Blob Storage as one ZIP, the manifest last. */
export async function writeArchive(ctx: ArchiveContext, wanted: Wanted): Promise<Archive> {
  const dir = await mkdtemp(path.join(tmpdir(), 'clync-export-'));
  try {
    const sections = await spoolSections(dir, listEverything(ctx, wanted.accountId));
    const zip = openZip();
    const [counts] = await Promise.all([
      zip.fill(() => writeEntries(ctx, zip, { wanted, sections })),
      zip.drain((archive) => ctx.exports.store(wanted.id, archive)),
    ]);
    return { ...zip.measure(), counts };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function writeEntries(
  ctx: ArchiveContext,
  zip: Zip,
  { wanted, sections }: { wanted: Wanted; sections: SpooledSection[] },
): Promise<Archive['counts']> {
  const files: ManifestEntry[] = [];
  const counts = Object.fromEntries(sections.map(({ section, count }) => [section, count]));
  for (const { section, file, count } of sections) {
    for (const ending of endings) {
      const written = await zip.add(`${section}${ending}`, createReadStream(`${file}${ending}`));
      files.push({ path: `${section}${ending}`, ...written, count });
    }
  }
  const pictures = await writePictures(ctx, zip, wanted);
  files.push(...pictures);
  counts['media'] = pictures.length;

  const createdAt = ctx.clock.now().toISOString();
  const manifest = { format: 1, exportId: wanted.id, accountId: wanted.accountId, createdAt, counts, files };
  await zip.add('manifest.json', Readable.from([Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)]));
  return counts;
}

/** Every picture as it is published; one that was deleted meanwhile is left out. */
async function writePictures(ctx: ArchiveContext, zip: Zip, { accountId }: Wanted): Promise<ManifestEntry[]> {
  const files: ManifestEntry[] = [];
  let after = firstId;
  for (;;) {
    const pictures = await ctx.db.media.findMany({
      where: { accountId, status: 'ready', id: { gt: after } },
      orderBy: { id: 'asc' },
      take: picturesAtOnce,
      select: { id: true },
    });
    for (const { id } of pictures) {
      const image = await ctx.blobs.findImage(id);
      if (image) files.push({ path: `media/${id}.webp`, ...(await zip.add(`media/${id}.webp`, image)), count: 1 });
    }
    const last = pictures.at(-1);
    if (!last || pictures.length < picturesAtOnce) return files;
    after = last.id;
  }
}
