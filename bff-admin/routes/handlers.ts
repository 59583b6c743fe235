import type { Handlers } from '#platform/contract';
import type { operations } from '#openapi/bff-admin';
import type { StaffCaller } from '../helpers/staff-caller.ts';

/** One handler for every operation of openapi/bff-admin.yaml. */
export type AdminHandlers = Handlers<operations, StaffCaller>;
