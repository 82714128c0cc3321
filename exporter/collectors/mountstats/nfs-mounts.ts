/**
 * Parses the NFS mounts of /proc/<pid>/mountstats. Source: nfs_show_stats in fs/nfs/super.c, rpc_clnt_show_stats in net/sunrpc/stats.c and
 * the functions print_stats of the transports in net/sunrpc/xprtsock.c and xprtrdma/transport.c of the kernel
 */
import { parseLines, parseRow, parseUnsigned, parseWords, quote } from '../../procfs/host-file.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { decodePath } from '../filesystem/host-path.ts';
import { unescapeOctal } from '../filesystem/mounts.ts';
import { transportMetrics } from './mount-metrics.ts';

/** Numbers by the attribute of the metric in ./mount-metrics.ts. */
type Values = ReadonlyMap<string, number>;

export interface NfsTransport {
  /** `tcp`, `udp`, `rdma` or `local`. */
  readonly protocol: string;
  readonly values: Values;
}

export interface NfsMount {
  /** The export: `nas:/srv`. */
  readonly device: string;
  readonly mountPoint: string;
  /** The option `addr` of the mount: the address of the server. Empty when mountinfo has no such mount. */
  readonly address: string;
  readonly values: Values;
  readonly transports: readonly NfsTransport[];
  readonly operations: readonly { readonly operation: string; readonly values: Values }[];
}

/** Columns after the name of the protocol; a column without metric has no name. The last three columns are new in version 1.1. */
const transportColumns: Readonly<Record<string, string>> = {
  tcp: ',bind,connect,,idle,sends,receives,badIds,,backlog,slots,sending,pending',
  udp: ',bind,sends,receives,badIds,,backlog,slots,sending,pending',
  local: 'bind,connect,,idle,sends,receives,badIds,,backlog,slots,sending,pending',
  // Followed by columns without metrics, whose number depends on the version of the kernel.
  rdma: ',bind,connect,,idle,sends,receives,badIds,,backlog',
};

const newColumns = 3;

const [byteColumns, eventColumns, operationColumns] = [8, 27, 8];

/** Returns the NFS mounts in the order of the file, without addresses. A malformed line is reported and has no values. */
export function parseMountstats(text: string, faults: ValueFaults): NfsMount[] {
  const mounts: MutableMount[] = [];
  let mount: MutableMount | undefined;
  const lines = parseLines(text);
  const [first = ''] = lines;
  if (first !== '' && !/^(no )?device /.test(first))
    faults.report('mountstats', new Error(`mountstats: expected "device", got ${quote(first)}`));
  for (const line of lines) {
    const words = parseWords(line);
    if (words[0] === 'device' || (words[0] === 'no' && words[1] === 'device')) {
      mount = faults.attempt(`mountstats ${words[1] ?? ''}`, () => parseDevice(words));
      if (mount !== undefined) mounts.push(mount);
    } else if (mount !== undefined && words.length > 0) {
      const where = `mountstats ${mount.mountPoint} ${words[0]?.replace(/:$/, '')}`;
      const current = mount;
      faults.attempt(where, () => addLine(current, words, { where, faults }));
    }
  }
  return mounts;
}

interface MutableMount extends NfsMount {
  readonly values: Map<string, number>;
  readonly transports: NfsTransport[];
  readonly operations: { readonly operation: string; readonly values: Values }[];
  isInOperations: boolean;
}

/**
 * Parses `device nas:/srv mounted on /mnt/nas with fstype nfs4 statvers=1.1`. Returns undefined for mounts of other types and for
 * `no device mounted on /mnt`.
 */
function parseDevice(words: readonly string[]): MutableMount | undefined {
  const [, device, mounted, , mountPoint, , , type, version] = words;
  if (mounted !== 'mounted' || (type !== 'nfs' && type !== 'nfs4') || version === undefined) return undefined;
  if (!version.startsWith('statvers=1.')) throw new Error(`expected statistics of version 1.x, got ${quote(version)}`);
  const name = (path: string | undefined) => decodePath(unescapeOctal(path ?? ''));
  return {
    device: name(device),
    mountPoint: name(mountPoint),
    address: '',
    values: new Map(),
    transports: [],
    operations: [],
    isInOperations: false,
  };
}

interface LineOptions {
  readonly where: string;
  readonly faults: ValueFaults;
}

function addLine(mount: MutableMount, [key = '', ...words]: readonly string[], options: LineOptions): void {
  if (mount.isInOperations) addOperation(mount, key, words, options);
  else if (key === 'age:') mount.values.set('age', parseUnsigned(words[0], options.where));
  else if (key === 'bytes:') addRow(mount.values, 'bytes.', words, { ...options, count: byteColumns });
  else if (key === 'events:') addRow(mount.values, 'events.', words, { ...options, count: eventColumns });
  else if (key === 'xprt:') mount.transports.push(parseTransport(words, options));
  else if (key === 'per-op') mount.isInOperations = true;
}

/** Adds the numbers of a line by column: `events.3`. Newer kernels may have more columns. */
function addRow(
  values: Map<string, number>,
  key: string,
  words: readonly string[],
  { count, where, faults }: LineOptions & { readonly count: number },
): void {
  if (words.length < count) throw new Error(`${where}: expected ${count} values, got ${words.length}`);
  const columns = Array.from({ length: count }, (_, column) => String(column));
  const numbers = parseRow(words.slice(0, count), { columns, where, faults });
  for (const [column, number] of numbers.entries()) if (number !== undefined) values.set(`${key}${column}`, number);
}

/** Parses `READ: 12 12 0 2112 84000 3 96 101 0`. Linux since 5.3 counts errors in a ninth column, which has no metric. */
function addOperation(mount: MutableMount, key: string, words: readonly string[], options: LineOptions): void {
  const values = new Map<string, number>();
  addRow(values, '', words, { ...options, count: operationColumns });
  mount.operations.push({ operation: key.replace(/:$/, ''), values });
}

/** Parses `tcp 875 0 1 0 12 5046 5046 0 5046 0 2 0 0`. A value that the transport does not have is 0, as in node_exporter. */
export function parseTransport(
  [protocol = '', ...words]: readonly string[],
  { where, faults }: LineOptions,
): NfsTransport {
  const columns = transportColumns[protocol]?.split(',');
  if (columns === undefined)
    throw new Error(`${where}: expected ${Object.keys(transportColumns).join(', ')}, got ${quote(protocol)}`);
  const isOld = protocol !== 'rdma' && words.length === columns.length - newColumns;
  const isLong = protocol === 'rdma' ? words.length >= columns.length : words.length === columns.length;
  if (!isOld && !isLong) throw new Error(`${where}: expected ${columns.length} values, got ${words.length}`);
  const values = new Map(transportMetrics.map(({ attribute }) => [attribute, 0]));
  const numbers = parseRow(words.slice(0, columns.length), { columns, where, faults });
  for (const [index, number] of numbers.entries()) {
    const column = columns[index] ?? '';
    if (column === '') continue;
    if (number === undefined) values.delete(column);
    else values.set(column, number);
  }
  return { protocol, values };
}

/** Returns the mounts with the option `addr` that mountinfo has for their mount points. A later mount on the same mount point has the later line. */
export function addAddresses(mounts: readonly NfsMount[], mountinfo: string): NfsMount[] {
  const addresses = new Map<string, string[]>();
  for (const line of parseLines(mountinfo)) {
    const [head = '', tail = ''] = line.split(' - ');
    const [type = '', , options = ''] = tail.split(' ');
    if (type !== 'nfs' && type !== 'nfs4') continue;
    const mountPoint = decodePath(unescapeOctal(head.split(' ')[4] ?? ''));
    const address = options.split(',').find((option) => option.startsWith('addr='));
    addresses.set(mountPoint, [...(addresses.get(mountPoint) ?? []), address?.slice('addr='.length) ?? '']);
  }
  return mounts.map((mount) => ({ ...mount, address: addresses.get(mount.mountPoint)?.shift() ?? '' }));
}
