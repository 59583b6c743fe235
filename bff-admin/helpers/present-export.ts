import type { components } from '#openapi/bff-admin';
import type { StaffExport } from '../services/exports.ts';

export type ExportView = components['schemas']['Export'];

export interface ExportLink {
  url: string;
  expiresAt: Date;
}

export function presentExport(made: StaffExport, link: ExportLink | null): ExportView {
  return {
    id: made.id,
    kind: made.kind as ExportView['kind'],
    filter: made.filter as ExportView['filter'],
    status: made.status,
    rows: made.rows,
    byteLength: made.byteLength === null ? null : Number(made.byteLength),
    sha256: made.sha256,
    failure: made.failure,
    url: link?.url ?? null,
    urlExpiresAt: link?.expiresAt.toISOString() ?? null,
    createdAt: made.createdAt.toISOString(),
    expiresAt: made.expiresAt?.toISOString() ?? null,
  };
}
