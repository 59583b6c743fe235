import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import { listOperations, loadDocument } from '#platform/document';
import type { Document } from '#platform/document';
import { assertRolesStated } from '../middleware/required-roles.ts';
import { roles } from '../helpers/staff-caller.ts';
import { scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

let portal: Portal;

beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.stop());

// Every role by every operation that wants one, and nobody's roles as well: the contract says which may pass.
const matrix = listOperations(loadDocument('bff-admin')).flatMap(({ id, method, path, operation }) => {
  const required = operation['x-required-roles'] as string[];
  return required.length === 0
    ? []
    : [...roles, undefined].map((role) => ({
        id,
        role,
        method,
        path,
        may: role !== undefined && required.includes(role),
      }));
});
test.each(matrix)('$id by $role: $may', async ({ role, method, path, may }) => {
  const token = await portal.entra.sign(scriptClaims({ roles: role && [role] }));

  const { statusCode } = await got(path.slice(1).replace(/\{\w+\}/, '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e'), {
    prefixUrl: portal.url,
    method: method as 'get',
    headers: { authorization: `Bearer ${token}` },
    ...(method !== 'get' && { json: { reason: 'because' } }),
    throwHttpErrors: false,
    retry: { limit: 0 },
  });

  // Whoever passes may meet what lies behind the door: nobody listens there, an open decision, a body that does not fit.
  if (may) expect([200, 202, 400, 404, 409, 503]).toContain(statusCode);
  else expect(statusCode).toBe(403);
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
