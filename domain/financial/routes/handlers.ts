import type { Caller } from '#platform/caller';
import type { Handlers } from '#platform/contract';
import type { operations } from '#openapi/financial';

/** One handler for every operation of openapi/financial.yaml. */
export type FinancialHandlers = Handlers<operations, Caller>;
