import type { components } from '#openapi/flagship-provider';
import { Problem } from '#platform/problem';
import { findInstitution } from './institutions.ts';
import { newSecret } from './random.ts';
import type { AuthorisationRecord, ConsentRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { isoTime } from './sandbox-clock.ts';

type Consent = components['schemas']['Consent'];
export interface ConsentRequest {
  consent: ConsentRecord;
  authorisation: AuthorisationRecord;
  isRenewal: boolean;
}
const consentMs = 90 * 86_400_000;
const codeMs = 5 * 60_000;
const ended = new Set<ConsentRecord['status']>(['revoked_at_provider', 'revoked_by_user', 'expired', 'rejected']);
const renewable = new Set<ConsentRecord['status']>(['active', 'reauth_required', 'expired']);

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
    renewal: null,
    limitedUntil: 0,
    mutates: false,
    midCursor: null,
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

/** Consents whose time has come, of which nobody asked. */
export function expireDueConsents(sandbox: Sandbox): void {
  for (const { id } of sandbox.store.list('consent')) getConsent(sandbox, id);
}

/** Asks the person once more; the consent stays as it is until they agree. */
export function renewConsent(
  sandbox: Sandbox,
  consentId: string,
  wanted: Omit<AuthorisationRecord, 'request'>,
): { consent: ConsentRecord; request: string } {
  const consent = getConsent(sandbox, consentId);
  if (!renewable.has(consent.status)) {
    throw new Problem('consent_not_renewable', undefined, { extensions: { consentStatus: consent.status } });
  }
  if (!sandbox.config.redirectUris.includes(wanted.redirectUri)) throw new Problem('redirect_uri_unregistered');
  const renewal = { ...wanted, request: newSecret('req') };
  return { request: renewal.request, consent: sandbox.store.put('consent', consentId, { ...consent, renewal }) };
}

/** What a consent page is about: a consent that waits for its person, or a renewal of one. */
export function findRequest(sandbox: Sandbox, request: unknown): ConsentRequest | undefined {
  const found = sandbox.store
    .list('consent')
    .find((candidate) => candidate.request === request || candidate.renewal?.request === request);
  if (!found || typeof request !== 'string') return undefined;
  const consent = getConsent(sandbox, found.id);
  const { renewal, status } = consent;
  if (renewal?.request === request) {
    return renewable.has(status) ? { consent, authorisation: renewal, isRenewal: true } : undefined;
  }
  return status === 'awaiting_authorisation' ? { consent, authorisation: consent, isRenewal: false } : undefined;
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
  { consent, authorisation }: ConsentRequest,
  institutionId: string,
  accountIds: string[],
): string {
  const { store, clock, events } = sandbox;
  const expiresAt = clock.now() + consentMs;
  const facts = { institutionId, accountIds, expiresAt, renewal: null, status: 'active' as const };
  store.put('consent', consent.id, { ...consent, ...facts });
  events.emit('consent.updated', { consentId: consent.id, status: 'active' });
  const { redirectUri, codeChallenge } = authorisation;
  const code = newSecret('code');
  const codeEndsAt = clock.now() + codeMs;
  store.put('code', code, { consentId: consent.id, redirectUri, codeChallenge, expiresAt: codeEndsAt, used: false });
  return redirectTo(authorisation, { code });
}

/** The person said no, or turned back; a consent that was to be renewed stays as it is. */
export function denyConsent(sandbox: Sandbox, { consent, authorisation, isRenewal }: ConsentRequest): string {
  if (isRenewal) sandbox.store.put('consent', consent.id, { ...consent, renewal: null });
  else changeConsent(sandbox, consent, 'rejected');
  return redirectTo(authorisation, { error: 'access_denied' });
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

function redirectTo({ redirectUri, state }: AuthorisationRecord, answer: Record<string, string>): string {
  const target = new URL(redirectUri);
  for (const [name, value] of Object.entries({ state, ...answer })) target.searchParams.set(name, value);
  return target.href;
}
