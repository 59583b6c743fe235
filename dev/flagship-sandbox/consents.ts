import type { components } from '#openapi/flagship-provider';
import { Problem } from '#platform/problem';
import { findInstitution } from './institutions.ts';
import { newSecret } from './random.ts';
import type { ConsentRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { isoTime } from './sandbox-clock.ts';

type Consent = components['schemas']['Consent'];
const consentMs = 90 * 86_400_000;
const codeMs = 5 * 60_000;
const ended = new Set<ConsentRecord['status']>(['revoked_at_provider', 'revoked_by_user', 'expired', 'rejected']);

export function createConsent(
  { store, config }: Sandbox,
  wanted: Pick<ConsentRecord, 'userReference' | 'redirectUri' | 'state' | 'codeChallenge'> & { institutionId?: string },
): ConsentRecord {
  const { institutionId = null, userReference, redirectUri, state, codeChallenge } = wanted;
  if (institutionId !== null && !findInstitution(institutionId)) throw new Problem('provider_institution_unknown');
  if (!config.redirectUris.includes(redirectUri)) throw new Problem('redirect_uri_unregistered');
  const id = newSecret('con');
  return store.put('consent', id, {
    id,
    status: 'awaiting_authorisation',
    userReference,
    institutionId,
    request: newSecret('req'),
    redirectUri,
    state,
    codeChallenge,
    accountIds: [],
    expiresAt: null,
  });
}

/** The consent as it is now; one whose time has come expires when it is looked at. */
export function getConsent({ store, clock, events }: Sandbox, id: string): ConsentRecord {
  const consent = store.get('consent', id);
  if (!consent) throw new Problem('not_found');
  if (consent.expiresAt === null || consent.expiresAt > clock.now() || ended.has(consent.status)) return consent;
  return changeConsent({ store, events }, consent, 'expired');
}

export function findActiveConsent(sandbox: Sandbox, id: string): ConsentRecord {
  const consent = getConsent(sandbox, id);
  if (consent.status === 'reauth_required') throw new Problem('consent_reauth_required');
  if (consent.status !== 'active') {
    throw new Problem('consent_inactive', undefined, { extensions: { consentStatus: consent.status } });
  }
  return consent;
}

/** Moves a consent and tells the client; an ended one stays as it is. */
export function changeConsent(
  { store, events }: Pick<Sandbox, 'store' | 'events'>,
  consent: ConsentRecord,
  status: ConsentRecord['status'],
): ConsentRecord {
  if (ended.has(consent.status) || consent.status === status) return consent;
  const changed = store.put('consent', consent.id, { ...consent, status });
  events.emit('consent.updated', { consentId: consent.id, status });
  return changed;
}

/** The person said yes. Answers the address to send the browser to. */
export function approveConsent(
  sandbox: Sandbox,
  consent: ConsentRecord,
  institutionId: string,
  accountIds: string[],
): string {
  const { store, clock } = sandbox;
  const expiresAt = clock.now() + consentMs;
  const approved = store.put('consent', consent.id, { ...consent, institutionId, accountIds, expiresAt });
  changeConsent(sandbox, approved, 'active');
  const code = newSecret('code');
  store.put('code', code, {
    consentId: consent.id,
    redirectUri: consent.redirectUri,
    expiresAt: clock.now() + codeMs,
    used: false,
  });
  return redirectTo(consent, { code });
}

/** The person said no. */
export function denyConsent(sandbox: Sandbox, consent: ConsentRecord): string {
  changeConsent(sandbox, consent, 'rejected');
  return redirectTo(consent, { error: 'access_denied' });
}

export function presentConsent({ id, status, institutionId, expiresAt }: ConsentRecord): Consent {
  const institution = findInstitution(institutionId);
  return {
    id,
    status,
    institution: institution ? { id: institution.id, name: institution.name, country: institution.country } : null,
    expiresAt: expiresAt === null ? null : isoTime(expiresAt),
  };
}

function redirectTo({ redirectUri, state }: ConsentRecord, answer: Record<string, string>): string {
  const target = new URL(redirectUri);
  for (const [name, value] of Object.entries({ state, ...answer })) target.searchParams.set(name, value);
  return target.href;
}
