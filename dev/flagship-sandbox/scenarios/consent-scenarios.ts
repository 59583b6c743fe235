import { changeConsent, getConsent, presentConsent } from '../consents.ts';
import type { ConsentRecord } from '../records.ts';
import type { Sandbox } from '../sandbox.ts';
import { addTransaction } from '../transactions.ts';
import { tellTransactions } from '../transfers.ts';
import type { Scenario } from './scenario.ts';

const dayMs = 86_400_000;
const limitedMs = 60_000;

export const consentScenarios: Record<string, Scenario> = {
  reauth_required: {
    on: 'consent',
    about: 'The bank ended the session behind the consent and wants the person to sign in again.',
    run: (sandbox, id) => presentConsent(changeConsent(sandbox, getConsent(sandbox, id), 'reauth_required')),
  },
  revoked_at_bank: {
    on: 'consent',
    about: "The person took the consent back in the bank's own app.",
    run: (sandbox, id) => presentConsent(changeConsent(sandbox, getConsent(sandbox, id), 'revoked_at_provider')),
  },
  consent_expiring: {
    on: 'consent',
    about: 'The consent ends in six days.',
    run: (sandbox, id) => {
      const consent = change(sandbox, id, { expiresAt: sandbox.clock.now() + 6 * dayMs });
      sandbox.events.emit('consent.updated', { consentId: id, status: consent.status });
      return presentConsent(consent);
    },
  },
  consent_expired: {
    on: 'consent',
    about: 'The consent ends now.',
    run: (sandbox, id) => {
      change(sandbox, id, { expiresAt: sandbox.clock.now() });
      return presentConsent(getConsent(sandbox, id));
    },
  },
  rate_limited: {
    on: 'consent',
    about: 'For a minute the bank answers every read of the consent with 429 and Retry-After.',
    run: (sandbox, id) => {
      const until = sandbox.clock.now() + limitedMs;
      change(sandbox, id, { limitedUntil: until });
      return { id, retryAfterSeconds: limitedMs / 1000 };
    },
  },
  mutation_during_pagination: {
    on: 'consent',
    about: 'Seven new payments come in small pages; the second page says once that the first no longer holds.',
    run: (sandbox, id) => {
      const { accountIds } = change(sandbox, id, { mutates: true, midCursor: null });
      const [accountId = ''] = accountIds;
      for (let nth = 1; nth <= 7; nth += 1) {
        addTransaction(sandbox, accountId, { amountMinor: -100 * nth, description: `PAYMENT ${String(nth)}` });
      }
      tellTransactions(sandbox, accountId);
      return { id, added: 7 };
    },
  },
};

function change(sandbox: Sandbox, id: string, facts: Partial<ConsentRecord>): ConsentRecord {
  return sandbox.store.put('consent', id, { ...getConsent(sandbox, id), ...facts });
}
