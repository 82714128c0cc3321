/** The address of a client as the limits count it. */
import { isIPv6 } from 'node:net';

/**
 * Returns an IPv4 address unchanged and the first 64 bits of an IPv6 address, because one host usually has a whole /64:
 * https://www.rfc-editor.org/rfc/rfc7421
 */
export function clientAddress(remote: string | undefined): string {
  if (remote === undefined) return 'unknown'; // the connection ended already
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remote)?.[1];
  if (mapped !== undefined || !isIPv6(remote)) return mapped ?? remote;
  const [head = '', tail] = (remote.split('%')[0] as string).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = [...before, ...(tail === undefined ? [] : zeros), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
