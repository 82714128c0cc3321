/** Counts sockets in systeminformation's list, for the collectors netstat and sockstat. */
import { describeValue } from '../../../common/program/settings/setting-type.ts';
import { listOf, textAt, valueAt } from './field.ts';

const where = 'systeminformation.networkConnections';

export interface SocketCounts {
  /** Sockets in use: all states except TIME_WAIT. */
  readonly tcp4: number;
  readonly tcp6: number;
  readonly udp4: number;
  readonly udp6: number;
  readonly established: number;
  readonly timeWait: number;
}

/** TCP states as netstat prints them, without underscores and hyphens. Source: RFC 9293, section 3.3.2 */
const states = new Set([
  'BOUND',
  'CLOSED',
  'CLOSE',
  'CLOSEWAIT',
  'CLOSING',
  'ESTAB',
  'ESTABLISHED',
  'FINWAIT1',
  'FINWAIT2',
  'LASTACK',
  'LISTEN',
  'LISTENING',
  'SYNRECEIVED',
  'SYNRECV',
  'SYNSENT',
  'TIMEWAIT',
]);

/**
 * Returns the numbers of sockets. Throws an Error for an empty list, which is a failed read, and for an unknown TCP state: Windows
 * translates netstat's states, and sockets in a translated state would be counted as in use.
 */
export function parseConnections(answer: unknown): SocketCounts {
  const counts = { tcp4: 0, tcp6: 0, udp4: 0, udp6: 0, established: 0, timeWait: 0 };
  let sockets = 0;
  for (const entry of listOf(answer, where)) {
    const protocol = /^(tcp|udp)(4|6|46)?$/.exec(textAt(entry, 'protocol', where));
    // The list includes header lines.
    if (protocol === null) continue;
    sockets += 1;
    const isSix = protocol[2] === undefined ? isAddressSix(entry) : protocol[2] !== '4';
    if (protocol[1] === 'udp') {
      counts[isSix ? 'udp6' : 'udp4'] += 1;
      continue;
    }
    const state = stateOf(entry);
    if (state === 'TIMEWAIT') counts.timeWait += 1;
    else counts[isSix ? 'tcp6' : 'tcp4'] += 1;
    if (state.startsWith('ESTAB') || state === 'CLOSEWAIT') counts.established += 1;
  }
  if (sockets === 0) throw new Error(`${where}: expected a TCP or UDP socket, got none`);
  return counts;
}

function stateOf(entry: unknown): string {
  const state = textAt(entry, 'state', where).replaceAll(/[_-]/g, '');
  if (states.has(state)) return state;
  throw new Error(`${where}: expected a TCP state, got ${describeValue(valueAt(entry, 'state'))}`);
}

/** Returns true when the local address is IPv6, for protocols whose name contains no address family (Windows, `ss`). */
function isAddressSix(entry: unknown): boolean {
  const address = valueAt(entry, 'localAddress');
  return typeof address === 'string' && address.includes(':');
}
