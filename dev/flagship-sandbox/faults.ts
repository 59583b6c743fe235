import type { RequestHandler, Response } from 'express';
import { Problem } from '#platform/problem';
import { createRandom } from './random.ts';

export interface FaultSettings {
  /** Added before each answer. */
  latencyMs: number;
  /** 0 to 1: how many requests answer 503; half of them after they have had their effect. */
  errorRate: number;
  /** 0 to 1: how many requests are never answered; half of them after they have had their effect. */
  hangRate: number;
  /** How often each webhook is sent again. */
  duplicateWebhooks: number;
  /** 0 to 1: how many webhooks are never sent; the event feed still has them. */
  dropWebhooks: number;
  /** Webhooks leave in another order than they came. */
  shuffleWebhooks: boolean;
}

export interface Faults {
  settings: FaultSettings;
  set(settings: Partial<FaultSettings>): FaultSettings;
  /** True once in `1 / rate` times, in an order that the seed decides. */
  happens(rate: number): boolean;
  handler: RequestHandler;
  /** Cuts the connections that were left without an answer. */
  releaseHanging(): void;
}

const none: FaultSettings = {
  latencyMs: 0,
  errorRate: 0,
  hangRate: 0,
  duplicateWebhooks: 0,
  dropWebhooks: 0,
  shuffleWebhooks: false,
};

/** Faults are forgotten when the sandbox restarts. */
export function createFaults(seed: string): Faults {
  const random = createRandom(seed, 'faults');
  const settings = { ...none };
  const hanging = new Set<Response>();
  const happens = (rate: number) => rate > 0 && random() < rate;

  function hang(response: Response): void {
    hanging.add(response);
    response.once('close', () => hanging.delete(response));
  }

  const handler: RequestHandler = async (_request, response, next) => {
    const { latencyMs, errorRate, hangRate } = settings;
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
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
    set: (changes) => Object.assign(settings, none, changes),
    happens,
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
