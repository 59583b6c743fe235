/** Everything that CLYNC holds of a person, page by page: social's own sections, then those of financial and of flagship. */
import { withOwnTime } from '#platform/request-context';
import type { JobContext } from '../../context.ts';
import { firstId } from '../../helpers/page.ts';
import { sectionPage } from './social-section.ts';
import { socialSections } from './social-sections.ts';

/** As it stands in the archive; nothing here knows what it means. */
export type ArchiveRecord = Record<string, unknown>;

/** Records of one section. The pages of a section follow one another, and an empty section has one page. */
export interface ArchivePage {
  /** Also the path of its files, such as `social/posts`. */
  section: string;
  items: ArchiveRecord[];
}

/** A large archive takes longer than the calls of a job may. */
const pageMs = 10_000;

type PageContext = Pick<JobContext, 'db' | 'financial' | 'flagship'>;

/** Never more than one page is in memory. */
export async function* listEverything(ctx: PageContext, accountId: string): AsyncGenerator<ArchivePage> {
  yield* socialPages(ctx, accountId);
  const person = { caller: { service: true }, path: { userId: accountId } } as const;
  yield* servicePages('financial', (cursor) => ctx.financial.exportPerson({ ...person, query: { cursor } }));
  yield* servicePages('flagship', (cursor) => ctx.flagship.exportPerson({ ...person, query: { cursor } }));
}

async function* socialPages({ db }: PageContext, accountId: string): AsyncGenerator<ArchivePage> {
  for (const section of socialSections) {
    let after: string | undefined = firstId;
    while (after !== undefined) {
      const page = sectionPage(section, { accountId, after });
      const rows: { key: string; record: ArchiveRecord }[] = await db.$queryRaw(page.statement);
      yield { section: `social/${section.name}`, items: rows.map(({ record }) => record) };
      after = rows.length === page.size ? rows.at(-1)?.key : undefined;
    }
  }
}

interface ServicePage {
  body: { section: string; items: ArchiveRecord[]; nextCursor: string | null };
}

async function* servicePages(
  service: string,
  ask: (cursor: string | undefined) => Promise<ServicePage>,
): AsyncGenerator<ArchivePage> {
  let cursor: string | undefined;
  do {
    const { body } = await withOwnTime(pageMs, () => ask(cursor));
    yield { section: `${service}/${body.section}`, items: body.items };
    cursor = body.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
