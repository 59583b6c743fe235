import type { operations } from '#openapi/bff-mobile';
import type { Handlers } from '#platform/contract';
import type { MobileCaller } from '../middleware/mobile-caller.ts';

export type MobileHandlers = Handlers<operations, MobileCaller>;
