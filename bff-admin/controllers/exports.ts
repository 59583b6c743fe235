import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentExport } from '../helpers/present-export.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as exports from '../services/exports.ts';

export function exportControllers(
  ctx: Pick<Context, 'db' | 'clock' | 'queue' | 'exports'>,
): Pick<AdminHandlers, 'createExport' | 'exportAuditEvents' | 'getExport'> {
  return {
    createExport: async ({ caller, body, headers }) => {
      const begun = await exports.createExport(ctx, caller, { ...body, key: headers['idempotency-key'] });
      return { status: 202, body: begun.body, headers: replayedHeader(begun) };
    },
    exportAuditEvents: async ({ caller, body, headers }) => {
      const wanted = { kind: 'audit_events' as const, filter: body, key: headers['idempotency-key'] };
      const begun = await exports.createExport(ctx, caller, wanted);
      return { status: 202, body: begun.body, headers: replayedHeader(begun) };
    },
    getExport: async ({ caller, path }) => {
      const { made, link } = await exports.getExport(ctx, caller, path.exportId);
      return { status: 200, body: presentExport(made, link) };
    },
  };
}
