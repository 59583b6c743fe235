import type { components } from '#openapi/social';
import type { AccountExport } from '../services/exports.ts';

export type ExportView = components['schemas']['AccountExport'];

export function presentExport(
  { id, status, createdAt, expiresAt, byteLength, sha256, counts }: AccountExport,
  { url, now }: { url: string | null; now: Date },
): ExportView {
  const isOver = status === 'ready' && expiresAt !== null && expiresAt <= now;
  return {
    id,
    status: isOver ? 'expired' : status,
    createdAt: createdAt.toISOString(),
    url,
    expiresAt: expiresAt?.toISOString() ?? null,
    byteLength: byteLength === null ? null : Number(byteLength),
    sha256,
    counts: counts as ExportView['counts'],
  };
}
