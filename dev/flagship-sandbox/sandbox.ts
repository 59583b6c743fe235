import { loadDocument } from '#platform/document';
import type { Logger } from '#platform/logger';
import { createService } from '#platform/service';
import type { Service } from '#platform/service';
import { createAuthenticators } from './authenticators.ts';
import { createCapabilities } from './capabilities.ts';
import type { CapabilityControl } from './capabilities.ts';
import type { SandboxConfig } from './config.ts';
import { mountControlPage } from './control-page.ts';
import { mountControls } from './controls.ts';
import { startTicker } from './due.ts';
import { createEvents } from './events.ts';
import type { Events } from './events.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createHandlers } from './handlers.ts';
import { mountConsentPages } from './consent-pages.ts';
import { createReadLimits } from './read-limits.ts';
import type { ReadLimits } from './read-limits.ts';
import { createSandboxClock } from './sandbox-clock.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import { openStore } from './store.ts';
import type { Store } from './store.ts';
import { mountTokenEndpoint } from './token-endpoint.ts';
import { keepConfiguredKeys } from './webhook-keys.ts';

/** What the sandbox's functions may use. */
export interface Sandbox {
  config: SandboxConfig;
  log: Logger;
  store: Store;
  clock: SandboxClock;
  faults: Faults;
  events: Events;
  capabilities: CapabilityControl;
  limits: ReadLimits;
}

/** The stand-in for the provider: the contract of flagship-provider.yaml, consent pages, and controls to make it fail. */
export function createFlagshipSandbox(config: SandboxConfig, log: Logger): Service {
  const store = openStore(config.dataDir);
  const clock = createSandboxClock(store);
  keepConfiguredKeys({ store, clock, config });
  const faults = createFaults(config.seed);
  const events = createEvents({ config, log, store, clock, faults });
  const capabilities = createCapabilities();
  const limits = createReadLimits({ clock, capabilities });
  const sandbox: Sandbox = { config, log, store, clock, faults, events, capabilities, limits };
  const ticker = startTicker(sandbox);

  const document = loadDocument('flagship-provider');
  // Takes a form, as RFC 6749 wants it, where every other operation takes JSON: it has a route of its own.
  const { ['/oauth/token']: _token, ...paths } = document.paths;

  const service = createService({
    name: 'flagship-sandbox',
    settings: config.settings,
    document: { ...document, paths },
    handlers: createHandlers(sandbox),
    authenticators: createAuthenticators(sandbox),
    log,
    // A hanging answer of the fault control is meant to outlast the client.
    budgetMs: 120_000,
    extend: (app) => {
      mountConsentPages(app, sandbox);
      mountControlPage(app, sandbox);
      mountControls(app, sandbox);
      app.use(['/v1', '/oauth'], faults.handler);
      mountTokenEndpoint(app, sandbox);
    },
    resources: [ticker, events, store],
  });
  return {
    ...service,
    stop: () => {
      // Answers that hang on purpose would keep the service from draining.
      faults.releaseHanging();
      return service.stop();
    },
  };
}
