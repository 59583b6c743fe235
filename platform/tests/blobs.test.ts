import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { BlobSASPermissions, BlobServiceClient } from '@azure/storage-blob';
import type { UserDelegationKey } from '@azure/storage-blob';
import { createBlobSigner } from '../blob-signer.ts';
import { blobVariables, readBlobAccess } from '../blobs.ts';
import { readEnv } from '../env.ts';
import { createTestClock } from '../testing/test-clock.ts';

const accountUrl = 'https://clync.blob.core.windows.net';
const accountKey = randomBytes(32).toString('base64');
const connectionString = `DefaultEndpointsProtocol=https;AccountName=clync;AccountKey=${accountKey};EndpointSuffix=core.windows.net`;
const hourMs = 3_600_000;

/** A client whose delegation keys are made here; `fail` keeps it from making more. */
function delegatedService() {
  const service = new BlobServiceClient(accountUrl, { getToken: () => Promise.resolve(null) });
  const state = { asked: 0, fail: false };
  const getKey = (from: Date, to: Date): Promise<UserDelegationKey> => {
    state.asked += 1;
    if (state.fail) return Promise.reject(new Error('nobody answers'));
    return Promise.resolve({
      signedObjectId: `object-${String(state.asked)}`,
      signedTenantId: 'tenant',
      signedStartsOn: from,
      signedExpiresOn: to,
      signedService: 'b',
      signedVersion: '2024-11-04',
      value: randomBytes(32).toString('base64'),
    });
  };
  return { service: Object.assign(service, { getUserDelegationKey: getKey }), state };
}

function delegated() {
  const { service, state } = delegatedService();
  const clock = createTestClock(new Date('2026-11-22T09:00:00.000Z'));
  const signer = createBlobSigner(service, clock);
  const blob = service.getContainerClient('quarantine').getBlobClient('one');
  const sign = async () => {
    const expiresOn = new Date(clock.now().getTime() + 600_000);
    return new URL(await signer.sign(blob, { permissions: BlobSASPermissions.parse('c'), expiresOn }));
  };
  return { signer, sign, clock, state };
}

test('signs with a user delegation key where there is no key of the account', async () => {
  const { sign } = delegated();

  const url = await sign();

  expect(`${url.origin}${url.pathname}`).toBe(`${accountUrl}/quarantine/one`);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    skoid: 'object-1',
    sktid: 'tenant',
    skt: '2026-11-22T08:55:00Z',
    ske: '2026-11-23T09:00:00Z',
    sks: 'b',
    sp: 'c',
    sr: 'b',
    spr: 'https',
    se: '2026-11-22T09:10:00Z',
  });
  expect(url.searchParams.get('sig')).toMatch(/^[\w+/]{43}=$/);
});

test('keeps the key, one for all who ask at once, and renews it before its end', async () => {
  const { signer, sign, clock, state } = delegated();
  await Promise.all([signer.prepare(), sign(), sign()]);
  clock.advance(11 * hourMs);
  await sign();
  expect(state.asked).toBe(1);

  clock.advance(hourMs);
  const url = await sign();

  expect([state.asked, url.searchParams.get('skoid')]).toEqual([2, 'object-2']);
});

test('goes on with the key that it has while no other is to be had, as long as that outlives a link', async () => {
  const { sign, clock, state } = delegated();
  await sign();
  state.fail = true;

  clock.advance(22 * hourMs);
  expect((await sign()).searchParams.get('skoid')).toBe('object-1');

  clock.advance(hourMs);
  await expect(sign()).rejects.toThrow('nobody answers');
  state.fail = false;
  expect((await sign()).searchParams.get('skoid')).toBe('object-4');
});

test('signs with the key of the account where there is one', async () => {
  const service = BlobServiceClient.fromConnectionString(connectionString);
  const blob = service.getContainerClient('exports').getBlobClient('one.zip');
  const expiresOn = new Date('2026-11-22T09:10:00.000Z');

  const signed = await createBlobSigner(service).sign(blob, { permissions: BlobSASPermissions.parse('r'), expiresOn });

  const { searchParams } = new URL(signed);
  expect(Object.fromEntries(searchParams)).toMatchObject({
    sp: 'r',
    sr: 'b',
    spr: 'https',
    se: '2026-11-22T09:10:00Z',
  });
  expect(searchParams.has('skoid')).toBe(false);
});

test('is told one way to the blobs, and says which are missing or too many', () => {
  const read = (env: NodeJS.ProcessEnv) => readBlobAccess(readEnv(env, blobVariables));

  expect(read({ BLOB_CONNECTION_STRING: connectionString })).toBe(connectionString);
  expect(read({ BLOB_ACCOUNT_URL: `${accountUrl}/` })).toEqual({ accountUrl });
  expect(() => read({})).toThrow('BLOB_CONNECTION_STRING or BLOB_ACCOUNT_URL is missing');
  expect(() => read({ BLOB_CONNECTION_STRING: connectionString, BLOB_ACCOUNT_URL: accountUrl })).toThrow(
    'BLOB_CONNECTION_STRING and BLOB_ACCOUNT_URL are both there',
  );
  expect(() => read({ BLOB_ACCOUNT_URL: 'http://clync.blob.core.windows.net' })).toThrow(
    'BLOB_ACCOUNT_URL must be a URL that starts with https://',
  );
});
