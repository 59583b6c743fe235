import { expect, test } from '@jest/globals';
import type { Request } from 'express';
import { callersOf } from '../callers.ts';
import { listOperations, loadDocument } from '../document.ts';
import type { Document } from '../document.ts';
import { createServiceSecurity } from '../service-security.ts';
import { createServiceTokenIssuer } from '../service-token.ts';
import type { ActsFor } from '../service-token.ts';
import { generateServiceKeys } from '../testing/service-keys.ts';

const processes = ['bff-mobile', 'bff-admin', 'social', 'financial', 'flagship'];
const { keys, trust } = generateServiceKeys(processes);
const kinds = { member: { userId: 'u1' }, staff: { staffId: 's1' }, service: { service: true } } as const;
const services = ['social', 'financial', 'flagship'];

async function tokenOf(process: string, audience: string, actsFor: ActsFor): Promise<Request> {
  const issuer = await createServiceTokenIssuer(process, keys[process]?.privateKey ?? {});
  const headers = { authorization: `Bearer ${await issuer.issue(audience, actsFor)}` };
  return { headers } as unknown as Request;
}

function documentOf(operation: { 'x-callers'?: string[] }, staff?: string[]): Document {
  const security = [{ service: [] }, ...(staff ? [{ staff: [] }] : [])];
  return {
    openapi: '3.1.0',
    info: { title: 'A contract', version: '1' },
    paths: { '/v1/rows': { post: { operationId: 'createRow', security, ...operation } } },
    components: { securitySchemes: { staff: { type: 'http', ...(staff && { 'x-callers': staff }) } } },
  };
}

test.each(services)('each operation of %s lets in whom its contract names, and no other process', async (name) => {
  const document = loadDocument(name);
  const security = await createServiceSecurity(name, trust);

  for (const entry of listOperations(document)) {
    for (const kind of ['member', 'staff', 'service'] as const) {
      if (!entry.security.some((requirement) => kind in requirement)) continue;
      const letIn: string[] = [];
      for (const process of processes) {
        const request = await tokenOf(process, name, kinds[kind]);
        try {
          await security[kind]?.(request, entry);
          letIn.push(process);
        } catch (error) {
          expect(error).toMatchObject({ code: 'forbidden' });
        }
      }
      expect([entry.id, letIn]).toEqual([entry.id, processes.filter((process) => callersOf(document, entry, kind).includes(process))]); // prettier-ignore
    }
  }
});

test('staff speak through the portal alone, and people never through it', () => {
  for (const name of services) {
    const { securitySchemes } = loadDocument(name).components ?? {};
    expect(securitySchemes?.['staff']?.['x-callers']).toEqual(['bff-admin']);
    expect(securitySchemes?.['member']?.['x-callers']).not.toContain('bff-admin');
  }
});

test('the contracts name no process that is none', () => {
  const named = [...services, 'bff-admin'].flatMap((name) => {
    const document = loadDocument(name);
    const kept = ['member', 'staff', 'service'] as const;
    return listOperations(document).flatMap((entry) => kept.flatMap((kind) => callersOf(document, entry, kind)));
  });

  expect(named.filter((process) => !processes.includes(process))).toEqual([]);
});

test.each([
  ['without callers', documentOf({}), 'createRow does not say who may call it'],
  ['with an empty list', documentOf({ 'x-callers': [] }), 'createRow does not say who may call it'],
  [
    'whose staff come from nobody',
    documentOf({ 'x-callers': ['social'] }, []),
    'createRow does not say who may call it',
  ],
  ['that names nobody known', documentOf({ 'x-callers': ['mallory'] }), 'createRow names nobody'],
])('an operation %s stops the start', async (_what, document, message) => {
  await expect(createServiceSecurity('social', trust, document)).rejects.toThrow(message);
});
