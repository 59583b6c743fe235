import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import type { StaffCaller, StaffIdentity } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { deleteSession, deleteSessionsOf } from './session-store.ts';

type Staff = StaffIdentity & Pick<StaffCaller, 'appId'>;

/** Writes down that somebody signed in, or that somebody without any role did: they will be able to do nothing. */
export async function recordSignIn({ db }: Pick<Context, 'db'>, staff: Staff): Promise<void> {
  await writeAuditEvent(db, staff, { action: 'staff.sign_in', outcome: staff.roles.length > 0 ? 'done' : 'refused' });
}

/** Who ends a session: the person here, or Azure AD, where they signed out or are no longer let in. */
type EndedBy = 'person' | 'azure_ad';

/** Ends one session, under one line however often it is ended. */
export async function endSession(
  { db }: Pick<Context, 'db'>,
  { sid, staff, by }: { sid: string; staff: Staff; by: EndedBy },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (await deleteSession(tx, sid)) await recordSignOut(tx, staff, by);
  });
}

/** Ends what began under a session of Azure AD, since somebody signed out there. */
export async function frontChannelSignOut(
  { db }: Pick<Context, 'db'>,
  { azureSid, clientId }: { azureSid: string; clientId: string },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const staff of await deleteSessionsOf(tx, azureSid))
      await recordSignOut(tx, { ...staff, appId: clientId }, 'azure_ad');
  });
}

async function recordSignOut(tx: Tx, staff: Staff, by: EndedBy): Promise<void> {
  await writeAuditEvent(tx, staff, { action: 'staff.sign_out', details: { by } });
}
