import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface Telemetry {
  registry: Registry;
  /** Counts one answered request; `operation` is the operationId, so that the number of series stays bounded. */
  observeRequest(operation: string, status: number, seconds: number): void;
}

/** Prometheus metrics of one process, in a registry of its own. */
export function createTelemetry(process: string): Telemetry {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'How long requests took, by operation and status.',
    labelNames: ['operation', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  return {
    registry,
    observeRequest: (operation, status, seconds) => {
      requests.observe({ operation, status: String(status) }, seconds);
    },
  };
}
