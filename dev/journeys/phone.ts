import { setTimeout as delay } from 'node:timers/promises';
import { createContractClient } from '../../platform/contract-client.ts';
import type { ContractClient, HttpAnswer, HttpRequest } from '../../platform/contract-client.ts';
import { loadDocument } from '../../platform/document.ts';
import type { operations } from '#openapi/bff-mobile';

const mostTries = 6;

/** An answer of 4xx or 5xx, as the phone sees it. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: { code?: string; [member: string]: unknown };

  constructor({ status, bytes }: HttpAnswer) {
    super(`${String(status)} ${bytes.toString()}`);
    this.status = status;
    this.body = JSON.parse(bytes.toString()) as { code?: string };
  }
}

/** The refusal that a call must meet, as its status and code. */
export async function refusalOf(call: Promise<unknown>): Promise<[number, string | undefined]> {
  const refusal: unknown = await call.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (!(refusal instanceof Refusal)) throw refusal;
  return [refusal.status, refusal.body.code];
}

export interface Phone {
  /** Every operation of bff-mobile.yaml, over HTTP. Throws a Refusal for 4xx and 5xx. */
  api: ContractClient<operations, object>;
  /** Carries an access token from now on, or none. */
  signIn(accessToken: string | undefined): void;
}

/** A phone: it knows the address of bff-mobile and, once signed in, an access token. */
export function createPhone(baseUrl: string): Phone {
  let accessToken: string | undefined;

  async function exchange(request: HttpRequest): Promise<HttpAnswer> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await send(request);
      } catch (error) {
        // As an app does: what was only read is asked for again while a part of CLYNC is busy or starts.
        const isBusy = error instanceof Refusal && error.status === 503 && error.body.code === 'upstream_unavailable';
        if (!isBusy || request.method !== 'GET' || tries === mostTries) throw error;
        await delay(500);
      }
    }
  }

  async function send({ method, target, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const response = await fetch(`${baseUrl}${target}`, {
      method,
      headers: { ...headers, ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }) },
      ...(body !== undefined && { body }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const answer = { status: response.status, headers: Object.fromEntries(response.headers), bytes };
    if (answer.status >= 400) throw new Refusal(answer);
    return answer;
  }

  return {
    api: createContractClient<operations, object>(loadDocument('bff-mobile'), exchange),
    signIn(token) {
      accessToken = token;
    },
  };
}

/** A phone with a newly registered person on it. */
export async function registerPerson(baseUrl: string, handle: string) {
  const phone = createPhone(baseUrl);
  const email = `${handle}@example.com`;
  const password = `${handle}-has-a-password`;
  const { body } = await phone.api.register({ body: { email, password, handle, displayName: handle } });
  phone.signIn(body.accessToken);
  return { ...phone, email, password, handle, id: body.user.id, refreshToken: body.refreshToken };
}
