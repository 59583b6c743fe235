import type { components } from '#openapi/social';

type Schemas = components['schemas'];

/** What SQL functions present, already in the words of the contract; services hand it on and look at nothing of it. */
export type PostCard = Schemas['Post'];
export type PostVersionCard = Schemas['PostVersion'];
