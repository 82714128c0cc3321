/**
 * Encodes the labels of pushed series once for all hosts: the series of a thousand hosts differ only by `instance`. A cached
 * series is bytes with gaps for the host's own labels, in the order that remote write demands.
 */
import { encodeLabel } from '../../common/remote-write/encode.ts';
import { hostJob } from '../forward/scraped-hosts.ts';
import { pushLimits, reservedFault, resolveName } from './sample-checks.ts';

/** Labels that every series of a pushing host carries. */
export interface HostLabels {
  readonly host: string;
  /** Sorted; includes `instance` and `job`. */
  readonly names: readonly string[];
  /** Encoded labels, in the order of `names`. */
  readonly bytes: readonly Uint8Array[];
  /** Equal for all hosts with labels of the same names. */
  readonly signature: string;
}

export type HostLabelsCache = (host: string, labels: Readonly<Record<string, string>> | undefined) => HostLabels;

/** With longer keys left out, the cache takes some 20 MB at most. */
const maxHosts = 10_000;
const maxHostKeyLength = 500;

/** Returns a cached `hostLabels`, emptied when it is full. Hosts push under the same labels again and again. */
export function createHostLabelsCache(): HostLabelsCache {
  const cached = new Map<string, HostLabels>();
  return (host, labels) => {
    const key = labels === undefined ? host : `${host}\n${JSON.stringify(labels)}`;
    const found = cached.get(key);
    if (found !== undefined) return found;
    if (cached.size >= maxHosts) cached.clear();
    const encoded = hostLabels(host, labels);
    if (key.length <= maxHostKeyLength) cached.set(key, encoded);
    return encoded;
  };
}

/** Encodes valid labels of a host. Leaves out empty ones, which Prometheus treats as absent. */
function hostLabels(host: string, labels: Readonly<Record<string, string>> = {}): HostLabels {
  const all: Readonly<Record<string, string>> = { ...labels, instance: host, job: hostJob };
  const names = Object.keys(all)
    .filter((name) => all[name] !== '')
    .sort();
  return {
    host,
    names,
    bytes: names.map((name) => encodeLabel(name, all[name] as string)),
    signature: names.join(','),
  };
}

/** A series without its host. */
export interface CachedSeries {
  /** Unlike that of every other cached series. */
  readonly id: number;
  /** Encoded labels, and indexes into the host's labels, in order. */
  readonly parts: readonly (Uint8Array | number)[];
  /** The catalogue's unit of a dotted name. */
  readonly unit: string | undefined;
  /** Why a credential that is bound to a host must not push the series. */
  readonly reserved: string | undefined;
  /** Scratch values of the batch that is being built: its number, and the series' index in it. */
  batch: number;
  slot: number;
}

/** A label or a name that cannot be stored. */
export class SeriesError extends Error {
  readonly reason: 'name' | 'label' | 'limit' | 'reserved';
  /** Path within the sample, such as `tags.device`. */
  readonly path: string;

  constructor(reason: SeriesError['reason'], path: string, message: string) {
    super(message);
    this.name = 'SeriesError';
    this.reason = reason;
    this.path = path;
  }
}

export interface LabelCache {
  /** Throws a `SeriesError`. */
  find(name: string, tags: Readonly<Record<string, string>> | undefined, host: HostLabels): CachedSeries;
  size(): number;
}

interface Node {
  children: Map<string, Node> | undefined;
  series: CachedSeries | undefined;
}

/** In characters. Beyond it the cache is emptied, which only happens to a fleet whose labels change all the time. */
const maxWeight = 64 * 2 ** 20;
/** Weight of a node besides its key. */
const nodeWeight = 150;
/** Series with more labels, most of which are refused, are not cached. */
const maxCachedLabels = pushLimits.maxLabels + 3;

export function createLabelCache(): LabelCache {
  /** Trees by host signature. Their levels are the metric's name, then each label and its value, as pushed. */
  let roots = new Map<string, Node>();
  /** By sorted labels: two orders of the same tags are one series. */
  let canonical = new Map<string, CachedSeries>();
  let weight = 0;
  let lastId = 0;

  function child(node: Node, key: string): Node {
    node.children ??= new Map();
    const known = node.children.get(key);
    if (known !== undefined) return known;
    const added: Node = { children: undefined, series: undefined };
    node.children.set(key, added);
    weight += key.length + nodeWeight;
    return added;
  }

  function root(signature: string): Node {
    if (weight > maxWeight) {
      roots = new Map();
      canonical = new Map();
      weight = 0;
    }
    const known = roots.get(signature);
    if (known !== undefined) return known;
    const added: Node = { children: undefined, series: undefined };
    roots.set(signature, added);
    return added;
  }

  return {
    find(name, tags, host) {
      let node = child(root(host.signature), name);
      let labels = 0;
      for (const label in tags) {
        labels += 1;
        if (labels > maxCachedLabels) return encodeSeries(name, tags, host, ++lastId).series;
        const value = tags[label] as string;
        // Oversized labels must not fill the cache.
        if (value.length > pushLimits.maxValueBytes || label.length > pushLimits.maxNameLength)
          checkLabel(label, value, 'tags');
        node = child(child(node, label), value);
      }
      if (node.series !== undefined) return node.series;
      const { key, series } = encodeSeries(name, tags ?? {}, host, ++lastId);
      const known = canonical.get(key) ?? series;
      canonical.set(key, known);
      node.series = known;
      return known;
    },
    size: () => canonical.size,
  };
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A tag takes precedence over the host's label of the same name. */
function encodeSeries(name: string, tags: Readonly<Record<string, string>>, host: HostLabels, id: number) {
  const { family, unit } = checkName(name);
  const pairs: { readonly label: string; readonly value: string | number }[] = [{ label: '__name__', value: family }];
  for (const [label, value] of Object.entries(tags)) {
    checkLabel(label, value, 'tags');
    if (value !== '') pairs.push({ label, value }); // Prometheus treats an empty label as absent
  }
  for (const [index, label] of host.names.entries())
    if (!Object.hasOwn(tags, label) || tags[label] === '') pairs.push({ label, value: index });
  if (pairs.length > pushLimits.maxLabels + 3)
    throw new SeriesError('limit', 'tags', `expected at most ${pushLimits.maxLabels} labels, got ${pairs.length - 3}`);
  // Names are ASCII, so the order of UTF-16 units is the order of bytes that Prometheus sorts by.
  pairs.sort((a, b) => (a.label < b.label ? -1 : 1));
  const parts: (Uint8Array | number)[] = [];
  let run: Uint8Array[] = [];
  const flush = (): void => {
    if (run.length > 0) parts.push(new Uint8Array(Buffer.concat(run)));
    run = [];
  };
  for (const { label, value } of pairs) {
    if (typeof value === 'string') run.push(encodeLabel(label, value));
    else {
      flush();
      parts.push(value);
    }
  }
  flush();
  const reserved = reservedFault({ name, job: hostJob, alertname: '', instance: '' }, { isBound: true });
  const series: CachedSeries = { id, parts, unit, reserved, batch: -1, slot: -1 };
  return { key: `${host.signature}\n${JSON.stringify(pairs)}`, series };
}

function checkName(name: string): ReturnType<typeof resolveName> {
  try {
    return resolveName(name);
  } catch (error) {
    throw new SeriesError('name', 'name', (error as Error).message);
  }
}

/** Throws a `SeriesError` for a label that a push must not carry. `at` is the path of the labels. */
export function checkLabel(label: string, value: string, at: string): void {
  const path = `${at}.${label}`;
  if (label === 'instance' || label === 'job')
    throw new SeriesError('label', path, `${label} is set by the gateway and cannot be pushed`);
  if (!labelName.test(label) || label.startsWith('__') || label.length > pushLimits.maxNameLength)
    throw new SeriesError('label', path, 'expected a label of letters, digits and _, not beginning with __');
  if (value.length > pushLimits.maxValueBytes || Buffer.byteLength(value) > pushLimits.maxValueBytes)
    throw new SeriesError('label', path, `expected a value of at most ${pushLimits.maxValueBytes} bytes`);
  if (!value.isWellFormed()) throw new SeriesError('label', path, 'expected well-formed Unicode');
}
