import { isIP } from 'node:net';

const groupsOfAddress = 8;
const groupsOfNetwork = 4;

/**
 * What stands for an address when requests are counted: of an IPv6 address its /64, since one machine has all addresses of that;
 * an IPv4 address as it is, also when it is written as an IPv6 one.
 */
export function clientNetwork(address: string): string {
  if (isIP(address) !== 6) return address;
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const network = groupsOf(address).slice(0, groupsOfNetwork);
  return `${network.map((group) => parseInt(group, 16).toString(16)).join(':')}::`;
}

/** All eight, also those that `::` leaves out. */
function groupsOf(address: string): string[] {
  const [head = [], tail] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  if (tail === undefined) return head;
  const zeros = Math.max(0, groupsOfAddress - head.length - tail.length);
  return [...head, ...Array<string>(zeros).fill('0'), ...tail];
}
