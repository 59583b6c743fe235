import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import { listOperations, loadDocument } from '#platform/document';
import type { Document } from '#platform/document';
import { assertRolesStated } from '../middleware/required-roles.ts';
import { roles } from '../helpers/staff-caller.ts';
import { places } from '../portal/landing-page.ts';
import { scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

/** Every role, no role at all, all roles together, and words that are none. */
const holders: Record<string, string[] | undefined> = {
  ...Object.fromEntries(roles.map((role) => [role, [role]])),
  nobody: undefined,
  everybody: [...roles],
  stranger: ['admin', 'ADMIN', 'Admin ', 'Owner', 'Global Administrator'],
};

let portal: Portal;
let tokens: [holder: string, token: string][];

beforeAll(async () => {
  portal = await startPortal();
  tokens = await Promise.all(
    Object.entries(holders).map(
      async ([holder, held]) => [holder, await portal.entra.sign(scriptClaims({ roles: held }))] as [string, string],
    ),
  );
});
afterAll(() => portal.stop());

// Every operation that wants a role, for every holder: the contract says who may pass.
const guarded = listOperations(loadDocument('bff-admin'))
  .map((entry) => ({ ...entry, required: entry.operation['x-required-roles'] as string[] }))
  .filter(({ required }) => required.length > 0);

test.each(places)('the landing page leads those to $path who may go there', ({ path, roles: shown }) => {
  expect(guarded.find((entry) => entry.path === path && entry.method === 'get')?.required).toEqual(shown);
});

test.each(guarded)('$id lets $required pass, and nobody else', async ({ method, path, required }) => {
  const answers = await Promise.all(
    tokens.map(async ([holder, token]) => {
      // What the contract does not know stops a request behind the door, before anything is done.
      const answer = await got(
        `${path.slice(1).replace(/\{\w+\}/g, '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e')}?door=open`,
        {
          prefixUrl: portal.url,
          method: method as 'get',
          headers: { authorization: `Bearer ${token}` },
          ...(method !== 'get' && { json: {} }),
          throwHttpErrors: false,
          retry: { limit: 0 },
        },
      );
      return [holder, answer.statusCode];
    }),
  );

  const may = (held: string[] = []) => held.some((role) => required.includes(role));
  expect(answers).toEqual(Object.entries(holders).map(([holder, held]) => [holder, may(held) ? 400 : 403]));
});

test('writes down each refusal, with the operation and the roles that were not enough', async () => {
  const oid = 'a11ce000-0000-4000-8000-0000000000fe';
  const token = await portal.entra.sign(scriptClaims({ oid, sub: oid, roles: ['Support'] }));
  const call = (place: string, bearer: string) =>
    got(place, { prefixUrl: portal.url, headers: { authorization: `Bearer ${bearer}` }, throwHttpErrors: false });

  const refused = await call('v1/audit-events', token);
  const [, auditor = ''] = tokens.find(([holder]) => holder === 'Auditor') ?? [];
  const log = await call(`v1/audit-events?actor=${oid}`, auditor);

  expect(JSON.parse(refused.body)).toMatchObject({ status: 403, code: 'forbidden' });
  expect(JSON.parse(log.body)).toMatchObject({
    items: [
      {
        action: 'access.refused',
        targetType: 'operation',
        targetId: 'listAuditEvents',
        outcome: 'refused',
        actor: { roles: ['Support'] },
      },
    ],
  });
});

test('does not start when an operation forgot its roles', () => {
  const document = loadDocument('bff-admin');
  const forgotten = withRoles(document, undefined);
  const opened = withRoles(document, []);

  expect(() => {
    assertRolesStated(document);
  }).not.toThrow();
  expect(() => {
    assertRolesStated(forgotten);
  }).toThrow('listUsers');
  expect(() => {
    assertRolesStated(opened);
  }).toThrow('listUsers');
});

function withRoles(document: Document, required: string[] | undefined): Document {
  const listUsers = document.paths['/v1/users']?.get;
  return {
    ...document,
    paths: { '/v1/users': { get: { operationId: 'listUsers', ...listUsers, 'x-required-roles': required } } },
  };
}
