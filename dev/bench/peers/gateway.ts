/**
 * The single gateway: one Express process that checks the phone's token and passes each of its calls on to the domain
 * service that knows, unread. No validation and no log line: a cheap gateway, so that the comparison is a strict one.
 */
import http from 'node:http';
import express from 'express';
import type { JWK } from 'jose';
import { createUserTokens } from '../../../bff-mobile/helpers/user-tokens.ts';
import { bearerToken } from '../../../platform/bearer.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createServiceTokenIssuer } from '../../../platform/service-token.ts';
import { servePeer } from './peer.ts';

export interface GatewayConfig {
  /** Where each domain service is, by its name. */
  services: Record<string, string>;
  userTokenKey: JWK;
  tokenIssuer: string;
  /** Signs as bff-mobile, whom the services trust. */
  serviceTokenKey: JWK;
}

await servePeer<GatewayConfig>(async ({ services, userTokenKey, tokenIssuer, serviceTokenKey }) => {
  const userTokens = await createUserTokens([userTokenKey], tokenIssuer, systemClock);
  const issuer = await createServiceTokenIssuer('bff-mobile', serviceTokenKey);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });
  const app = express().disable('x-powered-by');

  for (const [name, url] of Object.entries(services)) {
    app.use(`/${name}`, async (request, response) => {
      const { userId } = await userTokens.verifyAccess(bearerToken(request) ?? '');
      const headers = { authorization: `Bearer ${await issuer.issue(name, { userId })}` };
      const asked = http.request(new URL(request.url, url), { agent, method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      asked.on('error', () => response.destroy());
      request.pipe(asked);
    });
  }
  return http.createServer(app);
});
