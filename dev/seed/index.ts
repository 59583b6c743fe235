/**
 * Fills a new stack with people who follow, post, save and have banks. Run by `npm run dev` when the databases are new; it
 * reads where the stack is from ENDPOINTS_FILE and writes whom it made to PEOPLE_FILE.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createServiceTokenIssuer } from '../../platform/service-token.ts';
import type { Endpoints } from '../stack/endpoints.ts';
import { loadSecrets } from '../stack/secrets.ts';
import { seedFinancial } from './financial.ts';
import { seedFlagship } from './flagship.ts';
import { seedSocial } from './social.ts';

const howMany = 200;

const endpointsFile = process.env['ENDPOINTS_FILE'] ?? '.dev/endpoints.json';
const peopleFile = process.env['PEOPLE_FILE'] ?? path.join(path.dirname(endpointsFile), 'people.json');
const endpoints = JSON.parse(readFileSync(endpointsFile, 'utf8')) as Endpoints;
const { serviceKeys } = loadSecrets(path.dirname(endpointsFile));
const log = console.log;

const { people } = await seedSocial({
  databaseUrl: endpoints.postgres['social'] ?? '',
  blobConnectionString: endpoints.blobConnectionString,
  people: howMany,
  log,
});
const issuer = await createServiceTokenIssuer('bff-mobile', serviceKeys['bff-mobile'].privateKey);
await Promise.all([
  seedFinancial({ databaseUrl: endpoints.migrations['financial'] ?? '', people, log }),
  seedFlagship({ people, flagshipUrl: endpoints.urls['flagship'] ?? '', issuer, log }),
]);

const users = people.map(({ email, password, handle }) => ({ email, password, handle }));
writeFileSync(peopleFile, `${JSON.stringify(users, undefined, 2)}\n`, { mode: 0o600 });
