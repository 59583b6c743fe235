/** What staff may take away as a file: a kind is one entry here, and reads one list, page by page. */
import type { Page } from '#platform/page';
import type { components } from '#openapi/bff-admin';
import type { ReportCase } from '#prisma/admin';
import type { Context } from '../context.ts';
import { auditColumns, auditRow, ledgerColumns, ledgerRow, reportColumns, reportRow } from '../helpers/export-rows.ts';
import { transferColumns, transferRow, userColumns, userRow } from '../helpers/export-rows.ts';
import type { Cell } from '../helpers/export-rows.ts';
import type { Role } from '../helpers/staff-caller.ts';
import { listAuditEvents } from './audit-log.ts';
import { scopeOf } from './queues.ts';

export type NewExport = components['schemas']['NewExport'];
export type ExportName = NewExport['kind'];
export type FilterOf<Name extends ExportName> = NonNullable<Extract<NewExport, { kind: Name }>['filter']>;

export type CountedCase = ReportCase & { _count: { reports: number } };

/** For whom a list is read, and from where on. */
interface Reading<Filter> {
  staffId: string;
  /** The roles they had when they asked. */
  roles: readonly Role[];
  filter: Filter;
  cursor: string | undefined;
}

interface ExportKind<Filter> {
  /** Who may: for the whole of it leaves the house, not everybody who may look somebody up. A moderator takes what their queues show. */
  roles: readonly Role[];
  columns: readonly string[];
  readPage(ctx: Context, reading: Reading<Filter>): Promise<Page<Cell[]>>;
}

const overHttp = 100;
const ownRows = 1_000;

export const exportKinds: { [Name in ExportName]: ExportKind<FilterOf<Name>> } = {
  users: {
    roles: ['Admin', 'Auditor'],
    columns: userColumns,
    readPage: async ({ social }, { staffId, filter, cursor }) => {
      const query = { ...filter, ...pageAfter(cursor) };
      return rowsOf((await social.listAccounts({ caller: { staffId }, query })).body, userRow);
    },
  },
  reports: {
    roles: ['Admin', 'Moderator', 'Auditor'],
    columns: reportColumns,
    readPage: readReports,
  },
  transfers: {
    roles: ['FinanceOps', 'Auditor'],
    columns: transferColumns,
    readPage: async ({ financial }, { staffId, filter, cursor }) => {
      const query = { ...filter, ...pageAfter(cursor) };
      return rowsOf((await financial.listTransfersForStaff({ caller: { staffId }, query })).body, transferRow);
    },
  },
  ledger_entries: {
    roles: ['FinanceOps', 'Auditor'],
    columns: ledgerColumns,
    readPage: async ({ financial }, { staffId, filter, cursor }) => {
      const call = { caller: { staffId }, path: { ledgerAccountId: filter.accountId }, query: pageAfter(cursor) };
      return rowsOf((await financial.listLedgerEntries(call)).body, ledgerRow(filter.accountId));
    },
  },
  audit_events: {
    roles: ['Admin', 'Auditor'],
    columns: auditColumns,
    readPage: async (ctx, { filter, cursor }) =>
      rowsOf(await listAuditEvents(ctx, filter, { limit: ownRows, cursor }), auditRow),
  },
};

/** The kind of an export that stands in the database. */
export function exportKind(name: string): ExportKind<Record<string, string>> {
  if (!(name in exportKinds)) throw new Error(`${name} is no kind of export`);
  return exportKinds[name as ExportName];
}

async function readReports(
  { db }: Pick<Context, 'db'>,
  { staffId: oid, roles, filter: { status, queue, assignee }, cursor }: Reading<FilterOf<'reports'>>,
): Promise<Page<Cell[]>> {
  const scope = await scopeOf(db, { oid, roles });
  const cases = await db.reportCase.findMany({
    where: {
      AND: [queue === undefined ? {} : { queue }, scope === undefined ? {} : { queue: { in: scope } }],
      ...(status !== undefined && { status }),
      ...(assignee !== undefined && { assigneeOid: assignee }),
      ...(cursor !== undefined && { id: { lt: cursor } }),
    },
    include: { _count: { select: { reports: true } } },
    orderBy: { id: 'desc' },
    take: ownRows,
  });
  const nextCursor = cases.length === ownRows ? (cases.at(-1)?.id ?? null) : null;
  return { items: cases.map(reportRow), nextCursor };
}

function pageAfter(cursor: string | undefined): { limit: number; cursor?: string } {
  return { limit: overHttp, ...(cursor !== undefined && { cursor }) };
}

function rowsOf<Item>(page: Page<Item>, toRow: (item: Item) => Cell[]): Page<Cell[]> {
  return { items: page.items.map(toRow), nextCursor: page.nextCursor };
}
