import type { RequestHandler, Response } from 'express';
import { Problem } from '#platform/problem';
import { createRandom } from './random.ts';
import { tooMany } from './read-limits.ts';

export interface FaultSettings {
  /** Added before each answer. */
  latencyMs: number;
  /** 0 to 1: how many requests answer 503; half of them after they have had their effect. */
  errorRate: number;
  /** 0 to 1: how many requests are never answered; half of them after they have had their effect. */
  hangRate: number;
  /** 0 to 1: how many requests answer 429, before they have had any effect. */
  rateLimitRate: number;
  /** How often each webhook is sent again. */
  duplicateWebhooks: number;
  /** 0 to 1: how many webhooks are never sent; the event feed still has them. */
  dropWebhooks: number;
  /** Webhooks leave in another order than they came. */
  shuffleWebhooks: boolean;
  /** Transfers get no further than `processing`. */
  stallTransfers: boolean;
  /** The most changes a page of transactions holds, whatever is asked for; 0 for no bound. */
  pageSize: number;
}

export interface Faults {
  settings: FaultSettings;
  set(settings: Partial<FaultSettings>): FaultSettings;
  /** True for a share of the webhooks, in an order that the seed decides and each `set` begins anew. */
  losesWebhook(): boolean;
  handler: RequestHandler;
  /** Cuts the connections that were left without an answer. */
  releaseHanging(): void;
}

const none: FaultSettings = {
  latencyMs: 0,
  errorRate: 0,
  hangRate: 0,
  rateLimitRate: 0,
  duplicateWebhooks: 0,
  dropWebhooks: 0,
  shuffleWebhooks: false,
  stallTransfers: false,
  pageSize: 0,
};

/** Faults are forgotten when the sandbox restarts. */
export function createFaults(seed: string): Faults {
  // Each kind has an order of its own, so that webhooks, which leave when they like, do not change that of requests.
  const newOrders = () => ({ requests: createRandom(seed, 'faults'), webhooks: createRandom(seed, 'webhooks') });
  let orders = newOrders();
  const settings = { ...none };
  const hanging = new Set<Response>();
  const happens = (rate: number) => rate > 0 && orders.requests() < rate;

  function hang(response: Response): void {
    hanging.add(response);
    response.once('close', () => hanging.delete(response));
  }

  const handler: RequestHandler = async (_request, response, next) => {
    const { latencyMs, errorRate, hangRate, rateLimitRate } = settings;
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    if (happens(rateLimitRate)) throw tooMany(1_000);
    const hangs = happens(hangRate);
    const fails = !hangs && happens(errorRate);
    if (!hangs && !fails) {
      next();
    } else if (happens(0.5)) {
      if (!hangs) throw new Problem('fault_injected', 'Before the request had its effect.');
      hang(response);
    } else {
      loseAnswer(response, hangs ? hang : answerFault);
      next();
    }
  };

  return {
    settings,
    set: (changes) => {
      orders = newOrders();
      return Object.assign(settings, none, changes);
    },
    losesWebhook: () => settings.dropWebhooks > 0 && orders.webhooks() < settings.dropWebhooks,
    handler,
    releaseHanging: () => {
      for (const response of hanging) response.destroy();
    },
  };
}

/** Lets the request have its effect, and does something else instead of answering. */
function loseAnswer(response: Response, instead: (response: Response) => void): void {
  const end = response.end.bind(response);
  response.end = (() => {
    response.end = end;
    instead(response);
    return response;
  }) as typeof response.end;
}

function answerFault(response: Response): void {
  const body = JSON.stringify(new Problem('fault_injected', 'After the request had its effect.').toBody('', ''));
  response.removeHeader('Content-Length');
  response.status(503).set('Content-Type', 'application/problem+json').end(body);
}
