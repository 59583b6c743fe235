import type { Handlers } from '#platform/contract';
import type { operations } from '#openapi/bff-mobile';
import type { MobileCaller } from '../middleware/mobile-caller.ts';

/** One handler for every operation of openapi/bff-mobile.yaml. */
export type MobileHandlers = Handlers<operations, MobileCaller>;
