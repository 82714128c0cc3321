/**
 * The labels of pushed series, encoded once for all hosts: what a thousand hosts push differs by `instance` alone. A
 * series is kept as bytes between which the host's own labels go, in the order that remote write demands.
 */
import { encodeLabel } from '../../common/remote-write/labels.ts';
import { cataloguedUnit, storedName } from './collect/metric-name.ts';
import type { HostLabels } from './host-labels.ts';
import { pushLimits } from './limits.ts';

/** A series without its host. */
export interface CachedSeries {
  /** Bytes, and indexes of the host's labels, in order. */
  readonly parts: readonly (Uint8Array | number)[];
  /** The catalogue's unit, for dotted names of it. */
  readonly unit: string | undefined;
  /** Scratch of the batch that is being built: which it is, and where in it the series stands. */
  batch: number;
  slot: number;
}

/** A label or a name that cannot be stored. */
export class SeriesError extends Error {
  readonly reason: 'name' | 'label' | 'limit';
  /** From the sample: `tags.device`. */
  readonly path: string;

  constructor(reason: SeriesError['reason'], path: string, message: string) {
    super(message);
    this.name = 'SeriesError';
    this.reason = reason;
    this.path = path;
  }
}

export interface SeriesCache {
  /** Throws a `SeriesError`. */
  find(name: string, tags: Readonly<Record<string, string>> | undefined, host: HostLabels): CachedSeries;
  size(): number;
}

interface Node {
  children: Map<string, Node> | undefined;
  series: CachedSeries | undefined;
}

/** Beyond this the cache starts anew: only a fleet whose labels change all the time gets there. In characters. */
const maxWeight = 64 * 2 ** 20;
/** Of a node, whatever its key. */
const nodeWeight = 150;

export function createSeriesCache(): SeriesCache {
  /** By the names of the host's labels, then name, then label and value in turn, in the order of the push. */
  let roots = new Map<string, Node>();
  /** By labels in order: two orders of the same tags are one series. */
  let canonical = new Map<string, CachedSeries>();
  let weight = 0;

  function child(node: Node, key: string): Node {
    node.children ??= new Map();
    const known = node.children.get(key);
    if (known !== undefined) return known;
    const made: Node = { children: undefined, series: undefined };
    node.children.set(key, made);
    weight += key.length + nodeWeight;
    return made;
  }

  function root(signature: string): Node {
    if (weight > maxWeight) {
      roots = new Map();
      canonical = new Map();
      weight = 0;
    }
    const known = roots.get(signature);
    if (known !== undefined) return known;
    const made: Node = { children: undefined, series: undefined };
    roots.set(signature, made);
    return made;
  }

  return {
    find(name, tags, host) {
      let node = child(root(host.signature), name);
      for (const label in tags) {
        const value = tags[label] as string;
        // What cannot be stored must not fill the cache either.
        if (value.length > pushLimits.maxValueBytes || label.length > pushLimits.maxNameLength)
          checkLabel(label, value, 'tags');
        node = child(child(node, label), value);
      }
      if (node.series !== undefined) return node.series;
      const { key, series } = makeSeries(name, tags ?? {}, host);
      const known = canonical.get(key) ?? series;
      canonical.set(key, known);
      node.series = known;
      return known;
    },
    size: () => canonical.size,
  };
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A tag of the same name as one of the host's own labels wins over it. */
function makeSeries(name: string, tags: Readonly<Record<string, string>>, host: HostLabels) {
  const pairs: { readonly label: string; readonly value: string | number }[] = [
    { label: '__name__', value: nameOf(name) },
  ];
  for (const [label, value] of Object.entries(tags)) {
    checkLabel(label, value, 'tags');
    if (value !== '') pairs.push({ label, value }); // empty is absent to Prometheus
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
  const series: CachedSeries = { parts, unit: cataloguedUnit(name), batch: -1, slot: -1 };
  return { key: `${host.signature}\n${JSON.stringify(pairs)}`, series };
}

function nameOf(name: string): string {
  try {
    return storedName(name);
  } catch (error) {
    throw new SeriesError('name', 'name', (error as Error).message);
  }
}

/** Throws a `SeriesError` for a label that a push may not carry; `at` is where the labels stand. */
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
