/**
 * Bounds the active series and hosts of each caller. A series is active until one to two hours after its last sample, a host
 * until a day after it. Series and hosts beyond a bound are refused; those within it are accepted as before.
 */
import { hash, randomBytes } from 'node:crypto';

export interface SeriesBounds {
  readonly maxHostSeries: number;
  readonly maxKeySeries: number;
  readonly maxKeyHosts: number;
}

/** The credential that a push was made with. */
export interface Pusher {
  /** Identifies the credential. */
  readonly id: string;
  /** Names the credential in errors. */
  readonly name: string;
}

/** Checks the series of one push against the bounds. Reasons are texts for the sender. */
export interface PushGate {
  /**
   * Returns the gate of an instance, or the reason for refusing all its series. `isHost`: the instance counts as a host.
   * `labels`: the labels that the push gives all series, the same object for the same labels.
   */
  open(instance: string, options: { readonly isHost: boolean; readonly labels?: object }): HostGate | string;
}

export interface HostGate {
  /**
   * Returns whether the latest push of the instance had the series with this id at the same place, under the same labels: then
   * the series is admitted. Ids are those of the label cache.
   */
  isRepeated(id: number): boolean;
  /** Returns the reason for refusing the series, or undefined. Records the id for `isRepeated`. */
  admit(seriesHash: number, id?: number): string | undefined;
}

export interface SeriesLimits {
  begin(pusher: Pusher): PushGate;
  /** Returns the number of the current hour. Series that were checked in an earlier hour are checked again. */
  hour(): number;
  /** Returns the number of active series and hosts of the credential. */
  active(id: string): { readonly series: number; readonly hosts: number };
}

const hourMs = 3_600_000;
const hostHours = 24;

interface Instance {
  /** Hashes of the series of this hour, and of those of the last hour. */
  young: Set<number>;
  old: ReadonlySet<number>;
  /** Number of series in `young` and `old` together. */
  series: number;
  isHost: boolean;
  seenHour: number;
  /** Ids of the series of the latest push, in order, and their common labels. */
  trail: number[];
  labels: object | undefined;
}

interface Caller {
  hour: number;
  series: number;
  hosts: number;
  /** Hosts, and other instances with active series. */
  readonly instances: Map<string, Instance>;
}

export interface SeriesLimitsOptions {
  readonly bounds: SeriesBounds;
  readonly now: () => number;
}

const noSeries: ReadonlySet<number> = new Set();

export function createSeriesLimits({ bounds, now }: SeriesLimitsOptions): SeriesLimits {
  const { maxHostSeries, maxKeySeries, maxKeyHosts } = bounds;
  const callers = new Map<string, Caller>();
  const currentHour = (): number => Math.floor(now() / hourMs);

  function callerOf(id: string): Caller {
    const hour = currentHour();
    const known = callers.get(id);
    if (known !== undefined) {
      if (known.hour !== hour) age(known, hour);
      return known;
    }
    for (const [other, caller] of callers) if (hour - caller.hour > hostHours) callers.delete(other);
    const caller = { hour, series: 0, hosts: 0, instances: new Map<string, Instance>() };
    callers.set(id, caller);
    return caller;
  }

  function gateOf(caller: Caller, found: Instance, { host, name }: { host: string; name: string }): HostGate {
    let instance = found;
    let at = 0;

    /** Returns why no further series may be added. */
    function fault(): string | undefined {
      const place = host === '' ? 'series without an instance' : host;
      if (instance.series >= maxHostSeries)
        return `${place}: the key "${name}" has ${instance.series} active series there, its limit (limit.series_per_host)`;
      if (caller.series >= maxKeySeries)
        return `${place}: the key "${name}" has ${caller.series} active series, its limit (limit.series_per_key)`;
      return undefined;
    }

    return {
      isRepeated(id) {
        if (instance.trail[at] !== id) return false;
        at += 1;
        return true;
      },
      admit(seriesHash, id) {
        if (!instance.young.has(seriesHash) && !instance.old.has(seriesHash)) {
          instance = caller.instances.get(host) ?? instance;
          const refusal = fault();
          if (refusal !== undefined) return refusal;
          caller.instances.set(host, instance);
          instance.series += 1;
          caller.series += 1;
        }
        instance.young.add(seriesHash);
        if (id !== undefined && at < maxHostSeries) instance.trail[at++] = id;
        return undefined;
      },
    };
  }

  return {
    begin({ id, name }) {
      const caller = callerOf(id);
      return {
        open(host, { isHost, labels }) {
          const instance = caller.instances.get(host) ?? createInstance();
          if (isHost && !instance.isHost) {
            if (caller.hosts >= maxKeyHosts)
              return `${host}: the key "${name}" pushes for ${caller.hosts} other hosts, its limit (limit.hosts_per_key)`;
            caller.hosts += 1;
            instance.isHost = true;
            caller.instances.set(host, instance);
          }
          instance.seenHour = caller.hour;
          if (instance.labels !== labels) [instance.labels, instance.trail] = [labels, []];
          return gateOf(caller, instance, { host, name });
        },
      };
    },
    hour: currentHour,
    active(id) {
      const { series = 0, hosts = 0 } = callers.get(id) ?? {};
      return { series, hosts };
    },
  };
}

function createInstance(): Instance {
  return { young: new Set(), old: noSeries, series: 0, isHost: false, seenHour: 0, trail: [], labels: undefined };
}

/** Drops series that had no sample in the hour before `hour`, and hosts that had none for a day. */
function age(caller: Caller, hour: number): void {
  const isNext = hour === caller.hour + 1;
  caller.hour = hour;
  [caller.series, caller.hosts] = [0, 0];
  for (const [name, instance] of caller.instances) {
    instance.old = isNext ? instance.young : noSeries;
    instance.young = new Set();
    instance.trail = [];
    instance.series = instance.old.size;
    const isExpected = instance.isHost && hour - instance.seenHour <= hostHours;
    if (instance.series === 0 && !isExpected) caller.instances.delete(name);
    else {
      caller.series += instance.series;
      if (instance.isHost) caller.hosts += 1;
    }
  }
}

/** Returns 30 bits of the hash of encoded labels. */
export type SeriesHash = (labels: Uint8Array) => number;

export const seriesSeedBytes = 16;

/** A seed that no sender knows, so that no sender can choose series with equal hashes. */
export function createSeriesSeed(): Uint8Array {
  return new Uint8Array(randomBytes(seriesSeedBytes));
}

/** V8 stores a number of 30 bits in its place of the set, without further memory. */
export function createSeriesHash(seed: Uint8Array): SeriesHash {
  let scratch = Buffer.alloc(4_096);
  scratch.set(seed);
  return (labels) => {
    const length = seed.length + labels.length;
    if (length > scratch.length) {
      scratch = Buffer.alloc(2 * length);
      scratch.set(seed);
    }
    scratch.set(labels, seed.length);
    return hash('sha256', scratch.subarray(0, length), 'buffer').readUInt32LE(0) >>> 2;
  };
}
