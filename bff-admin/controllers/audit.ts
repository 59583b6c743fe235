import type { Context } from '../context.ts';
import { presentAuditEvent } from '../helpers/present-audit-event.ts';
import { presentVerification } from '../helpers/present-verification.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as auditLog from '../services/audit-log.ts';
import { verifyAuditEvents } from '../services/verify-audit-log.ts';

export function auditControllers(
  ctx: Pick<Context, 'db' | 'checkpoints'>,
): Pick<AdminHandlers, 'listAuditEvents' | 'verifyAuditEvents'> {
  return {
    listAuditEvents: async ({ caller, query: { limit = 20, cursor, ...filter } }) => {
      const page = await auditLog.searchAuditEvents(ctx, caller, { limit, cursor, ...filter });
      return { status: 200, body: { items: page.items.map(presentAuditEvent), nextCursor: page.nextCursor } };
    },
    verifyAuditEvents: async () => ({ status: 200, body: presentVerification(await verifyAuditEvents(ctx)) }),
  };
}
