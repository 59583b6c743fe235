import { listOperations } from '#platform/document';
import type { Document, OperationEntry } from '#platform/document';
import type { Context } from '../context.ts';
import { missingRole } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from '../services/audit-log.ts';

/** Operations that may say `x-required-roles: []`: signing in and out, and what another process of ours asks. */
const withoutRole = [
  ...['signIn', 'completeSignIn', 'frontChannelSignOut', 'signOut'],
  ...['getAppState', 'listDismissals', 'putDismissal'],
];

/** Refuses to start a portal whose contract forgot to say who may use an operation. */
export function assertRolesStated(document: Document): void {
  for (const { id, operation } of listOperations(document)) {
    const stated = operation['x-required-roles'];
    if (!Array.isArray(stated)) throw new Error(`${id} does not say x-required-roles`);
    if (stated.length === 0 && !withoutRole.includes(id)) throw new Error(`${id} is open to staff without any role`);
  }
}

/** Lets the caller pass when the contract names one of their roles; else writes the refusal to the audit log. */
export function requireRoles(ctx: Pick<Context, 'db'>) {
  return async function guard(caller: StaffCaller, { id, operation }: OperationEntry): Promise<void> {
    const required = operation['x-required-roles'] as string[];
    if (required.length === 0 || caller.roles.some((role) => required.includes(role))) return;
    await writeAuditEvent(ctx.db, caller, {
      action: 'access.refused',
      target: { type: 'operation', id },
      outcome: 'refused',
    });
    throw missingRole(required);
  };
}
