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
