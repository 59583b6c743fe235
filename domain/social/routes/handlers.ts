import type { Caller } from '#platform/caller';
import type { Handlers } from '#platform/contract';
import type { operations } from '#openapi/social';

/** One handler for every operation of openapi/social.yaml. */
export type SocialHandlers = Handlers<operations, Caller>;
