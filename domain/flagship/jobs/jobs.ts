import type { Tasks } from '#platform/jobs';
import type { JobContext } from '../context.ts';
import { catchUpEvents } from './catch-up-events.ts';
import { processEvent } from './process-event.ts';
import { resolveTransfer } from './resolve-transfer.ts';
import { revokeConsent } from './revoke-consent.ts';
import { syncConnection } from './sync-connection.ts';
import { syncDueConnections } from './sync-due-connections.ts';
import { tellBankAccounts } from './tell-bank-accounts.ts';
import { tellTransferState } from './tell-transfer-state.ts';

/** Every job of flagship, with what it needs to know. */
export interface Jobs {
  syncConnection: { connectionId: string };
  syncDueConnections: object;
  revokeConsent: { connectionId: string };
  processEvent: { eventId: string };
  catchUpEvents: object;
  resolveTransfer: { transferId: string };
  tellBankAccounts: { connectionId: string };
  tellTransferState: { transferId: string };
}

/** Every minute; a run that still waits is not doubled. */
export const crontab = `
* * * * * syncDueConnections ?jobKey=syncDueConnections
* * * * * catchUpEvents ?jobKey=catchUpEvents
`;

export function createTasks(ctx: JobContext): Tasks<Jobs> {
  return {
    syncConnection: (payload) => syncConnection(ctx, payload),
    syncDueConnections: () => syncDueConnections(ctx),
    revokeConsent: (payload) => revokeConsent(ctx, payload),
    processEvent: (payload) => processEvent(ctx, payload),
    catchUpEvents: () => catchUpEvents(ctx),
    resolveTransfer: (payload) => resolveTransfer(ctx, payload),
    tellBankAccounts: (payload) => tellBankAccounts(ctx, payload),
    tellTransferState: (payload) => tellTransferState(ctx, payload),
  };
}
