import { expect, test } from '@jest/globals';
import type { Request } from 'express';
import { listOperations, loadDocument } from '#platform/document';
import type { OperationEntry } from '#platform/document';
import { createAddressGuard } from '../helpers/address-limits.ts';
import { clientAddressOf } from '../helpers/client-address.ts';
import { clientNetwork } from '../helpers/client-network.ts';

const operations = new Map(listOperations(loadDocument('bff-mobile')).map((entry) => [entry.id, entry]));

const from = (ip: string): Pick<Request, 'ip'> => ({ ip });

function operation(id: string): OperationEntry {
  const entry = operations.get(id);
  if (!entry) throw new Error(`there is no operation ${id}`);
  return entry;
}

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:0DB8:0001:0002::6', '2001:db8:1:2::'],
  ['2001:db8::6', '2001:db8:0:0::'],
  ['2001:db8:1::', '2001:db8:1:0::'],
  ['::1', '0:0:0:0::'],
  ['fe80::1%eth0', 'fe80:0:0:0::'],
  ['no address', 'no address'],
])('counts %s as %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});

test('tells the services the network, and no word that is none', () => {
  expect(clientAddressOf(from('2001:db8:1:2:3::4'))).toEqual({ clientAddress: '2001:db8:1:2::' });
  expect(clientAddressOf(from('unknown'))).toEqual({});
});

test('the addresses of one network share what one address may do', async () => {
  const guard = createAddressGuard();
  const report = (ip: string) => guard(undefined, operation('createReport'), from(ip));
  for (let place = 0; place < 500; place += 1) await report(`2001:db8:0:1::${place.toString(16)}`);

  await expect(report('2001:db8:0:1:9:9:9:9')).rejects.toMatchObject({ code: 'rate_limited' });
  await report('2001:db8:0:2::1');
});

test.each([
  ['bookmarkPost', 6_000],
  ['createDraft', 12_000],
  ['putDraft', 12_000],
])('limits %s by address', async (id, quota) => {
  const guard = createAddressGuard();
  const ask = () => guard(undefined, operation(id), from('203.0.113.7'));
  await Promise.all(Array.from({ length: quota }, ask));

  await expect(ask()).rejects.toMatchObject({ code: 'rate_limited' });
});
