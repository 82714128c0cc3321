/** The labels that every series of a pushing host carries, encoded once for a push. */
import { encodeLabel } from '../../common/remote-write/labels.ts';

export interface HostLabels {
  readonly host: string;
  /** Sorted; `instance` and `job` among them. */
  readonly names: readonly string[];
  /** In the order of the names. */
  readonly bytes: readonly Uint8Array[];
  /** The same for all hosts with labels of these names. */
  readonly signature: string;
}

/** `job` is the same for every host, however it comes: docs/decisions/identity.md. */
export const hostJob = 'node';

export type HostLabelsCache = (host: string, labels: Readonly<Record<string, string>> | undefined) => HostLabels;

/** Beyond, they are encoded anew. */
const maxHosts = 10_000;
/** Larger sets of labels are not kept, so that all together take some 20 MB at most. */
const maxKeyLength = 500;

/** A host pushes under the same labels again and again. */
export function createHostLabelsCache(): HostLabelsCache {
  const known = new Map<string, HostLabels>();
  return (host, labels) => {
    const key = labels === undefined ? host : `${host}\n${JSON.stringify(labels)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= maxHosts) known.clear();
    const made = hostLabels(host, labels);
    if (key.length <= maxKeyLength) known.set(key, made);
    return made;
  };
}

/** `labels` were checked; empty ones are left out, as Prometheus takes them for absent. */
export function hostLabels(host: string, labels: Readonly<Record<string, string>> = {}): HostLabels {
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
