/** `npm run provider:suite -- <url>`: runs the contract suite against a provider (docs/flagship-provider.md). */
import { createContractAdapter } from '../../domain/flagship/provider/contract-adapter.ts';
import { runSuite } from '../../domain/flagship/provider/contract-suite/suite.ts';
import type { CaseResult } from '../../domain/flagship/provider/contract-suite/suite.ts';
import { startWebhookReceiver } from '../../domain/flagship/provider/contract-suite/webhook-receiver.ts';
import { systemClock } from '../../platform/clock.ts';
import { decide } from './decide.ts';
import { readSettings } from './settings.ts';
import type { SuiteSettings } from './settings.ts';

const marks = { passed: '✓', skipped: '–', failed: '✗' };

async function runAgainst(settings: SuiteSettings): Promise<CaseResult[]> {
  const { url, clientId, clientSecret, redirectUri, webhookSecrets, webhookPort, patienceMs } = settings;
  const client = { url, clientId, clientSecret, redirectUri };
  const provider = createContractAdapter({
    ...client,
    timeoutMs: 10_000,
    allowPrivateAddresses: true,
    clock: systemClock,
  });
  const receiver = webhookPort === undefined ? undefined : await startWebhookReceiver(webhookPort, '0.0.0.0');
  try {
    const [first] = settings.institutionId === undefined ? await provider.listInstitutions() : [];
    const institutionId = settings.institutionId ?? first?.id ?? '';
    const wire = { ...client, webhookSecrets };
    const deliveries = receiver && { deliveries: () => receiver.deliveries };
    return await runSuite({ provider, institutionId, decide, patienceMs, wire, ...deliveries }, printResult);
  } finally {
    await provider.close();
    await receiver?.stop();
  }
}

function printResult({ name, outcome, why }: CaseResult): void {
  console.log(`${marks[outcome]} ${name}${why === undefined ? '' : `\n    ${why}`}`);
}

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  console.log(`The contract of flagship-provider.yaml against ${settings.url}`);
  const results = await runAgainst(settings);
  const count = (outcome: CaseResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  console.log(
    `${String(count('passed'))} passed, ${String(count('skipped'))} skipped, ${String(count('failed'))} failed`,
  );
  process.exitCode = count('failed') === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
