import type { ProcessSettings } from '../process-settings.ts';

/** The settings of a process under test: free ports, no log, every answer checked. */
export function testSettings(changes: Partial<ProcessSettings> = {}): ProcessSettings {
  return {
    port: 0,
    metricsPort: 0,
    logLevel: 'silent',
    docsUrl: 'https://api.clync.example',
    validateResponses: true,
    drainMs: 0,
    trustedProxies: [],
    maxLagMs: Infinity,
    ...changes,
  };
}
