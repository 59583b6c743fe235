import { Problem } from '#platform/problem';
import type { Sandbox } from '../sandbox.ts';
import { accountScenarios, transactionScenarios } from './account-scenarios.ts';
import { consentScenarios } from './consent-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { transferScenarios } from './transfer-scenarios.ts';

/** What happens at banks, by name. */
export const scenarios: Record<string, Scenario> = {
  ...consentScenarios,
  ...accountScenarios,
  ...transactionScenarios,
  ...transferScenarios,
};

export function runScenario(sandbox: Sandbox, name: string, id: string): object {
  const scenario = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (!scenario) throw new Problem('not_found', `The scenarios are ${Object.keys(scenarios).join(', ')}.`);
  return scenario.run(sandbox, id);
}
