import type { components } from '#openapi/flagship';
import type { ConnectionEventRow } from '../services/connections.ts';
import type { KeptStatus } from './connection-states.ts';

type Schemas = components['schemas'];
export type ConnectionEventName = Schemas['ConnectionEvent']['event'];

const messages: Record<ConnectionEventName, string> = {
  started: 'You began to link the bank.',
  linked: 'You linked the bank.',
  declined: 'The bank was not linked: you or the bank said no.',
  abandoned: 'The sign-in at the bank was not finished in time.',
  attempt_refused: 'A sign-in came back that was used before, too old, or not yours. It was refused.',
  expiring: 'Your bank asks you to confirm this link soon.',
  renewal_started: 'You began to confirm the link at your bank.',
  renewed: 'You confirmed the link at your bank.',
  renewal_declined: 'The link was not confirmed at the bank. Nothing has changed.',
  reauth_required: 'Your bank wanted you to sign in again.',
  recovered: 'The link works again.',
  revoked_at_provider: 'The link was ended at your bank.',
  revoked_by_user: 'You ended the link.',
  ended_at_bank: 'Your bank was told that the link has ended.',
  expired: 'The link has run out.',
  erased: 'What was read from the bank was removed, as you asked.',
};

/** What a change of state is called in the history, where nobody says more. */
export function eventOfMove(from: string, to: string): ConnectionEventName {
  if (to === 'active') return from === 'awaiting_authorisation' ? 'linked' : 'recovered';
  if (to === 'rejected') return 'declined';
  return to as Exclude<KeptStatus, 'awaiting_authorisation' | 'active' | 'rejected'>;
}

export function presentConnectionEvent({ at, event, status }: ConnectionEventRow): Schemas['ConnectionEvent'] {
  const name = event as ConnectionEventName;
  return {
    at: at.toISOString(),
    event: name,
    status: status as Schemas['ConnectionStatus'],
    message: messages[name],
  };
}
