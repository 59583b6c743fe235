import type { Caller } from '#platform/caller';
import type { Handlers } from '#platform/contract';
import type { operations } from '#openapi/flagship';

/** One handler for every operation of openapi/flagship.yaml. */
export type FlagshipHandlers = Handlers<operations, Caller>;
