import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';

/** Writes down that somebody signed in, or that somebody without any role did: they will be able to do nothing. */
export async function recordSignIn({ db }: Pick<Context, 'db'>, staff: Omit<StaffCaller, 'csrfToken'>): Promise<void> {
  await writeAuditEvent(db, staff, { action: 'staff.sign_in', outcome: staff.roles.length > 0 ? 'done' : 'refused' });
}

export async function recordSignOut({ db }: Pick<Context, 'db'>, staff: StaffCaller): Promise<void> {
  await writeAuditEvent(db, staff, { action: 'staff.sign_out' });
}
