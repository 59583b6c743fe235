import type { Provider, ProviderCapabilities } from '../provider.ts';
import { accountCases } from './account-cases.ts';
import { consentCases } from './consent-cases.ts';
import { transferCases } from './transfer-cases.ts';
import { webhookCases } from './webhook-cases.ts';
import { wireCases } from './wire-cases.ts';

/**
 * What every provider must do, whatever adapter speaks to it: each case is one promise of flagship-provider.yaml. A case
 * throws when the promise is broken.
 */
export interface SuiteCase {
  name: string;
  /** The optional parts that it is about; it is passed over where the provider lacks one. */
  capabilities?: Exclude<keyof ProviderCapabilities, 'unattendedReadsPerDay'>[];
  /** What of the bench it cannot do without. */
  needs?: 'wire' | 'deliveries';
  run: (bench: Bench) => Promise<void>;
}

/** What the suite is run with. */
export interface Bench {
  provider: Provider;
  /** A bank where the person who decides has an open account that holds at least two units of its currency. */
  institutionId: string;
  /** Decides on the consent page as the person; answers what the redirect carries. */
  decide(authorizeUrl: string, decision: 'approve' | 'deny'): Promise<ConsentAnswer>;
  /** How long the provider may take until a transfer has settled and its events are told. */
  patienceMs: number;
  /** For a provider that serves the contract itself. */
  wire?: Wire;
  /** The webhooks that came so far, for a provider that reaches this machine. */
  deliveries?: () => Delivery[];
}
export interface ConsentAnswer {
  state: string;
  code?: string;
  error?: string;
}
export interface Wire {
  url: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  /** The secrets that webhooks may be signed with when the suite starts. */
  webhookSecrets: string[];
}
export interface Delivery {
  id: string | undefined;
  timestamp: string | undefined;
  signature: string | undefined;
  body: Buffer;
}
export interface CaseResult {
  name: string;
  outcome: 'passed' | 'skipped' | 'failed';
  why?: string;
}

export const suiteCases: SuiteCase[] = [
  ...consentCases,
  ...accountCases,
  ...transferCases,
  ...wireCases,
  ...webhookCases,
];

/** One after the other, since they look at what they themselves have caused. */
export async function runSuite(bench: Bench, tell: (result: CaseResult) => void = () => undefined) {
  const results: CaseResult[] = [];
  for (const suiteCase of suiteCases) {
    const result = await runCase(bench, suiteCase);
    results.push(result);
    tell(result);
  }
  return results;
}

export async function runCase(bench: Bench, { name, capabilities = [], needs, run }: SuiteCase): Promise<CaseResult> {
  if (needs !== undefined && !bench[needs]) return { name, outcome: 'skipped', why: `there is no ${needs}` };
  try {
    const offered = capabilities.length > 0 ? await bench.provider.getCapabilities() : undefined;
    const lacking = capabilities.find((capability) => !offered?.[capability]);
    if (lacking !== undefined) return { name, outcome: 'skipped', why: `the provider does not offer ${lacking}` };
    await run(bench);
    return { name, outcome: 'passed' };
  } catch (error) {
    return { name, outcome: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}
