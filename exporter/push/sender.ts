/** What a protocol must offer to the push: one request of sample sets, and what became of it. */
import type { Log } from '../../common/program/log.ts';
import type { Secret } from '../../common/program/settings/secret.ts';
import type { SampleSet } from './buffer/sample-buffer.ts';
import type { PushOutcome } from './protocols/outcome.ts';
import type { TlsFiles } from './protocols/tls-files.ts';

export interface SenderOptions {
  /** As configured: without a path, or with the receiver's own. */
  readonly serverUrl: string;
  readonly apiKey?: Secret | undefined;
  readonly tls: TlsFiles;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The value of `instance`. */
  readonly host: string;
  /** Labels of every sample, beside `job` and `instance`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
  readonly now: () => number;
  readonly log: Log;
}

export interface Sender {
  /** Sends the sets, at least one, as one request. Never rejects: whatever happened is an outcome. */
  send(sets: readonly SampleSet[], signal: AbortSignal): Promise<PushOutcome>;
  close(): void;
}

export interface Protocol {
  readonly name: 'remote_write' | 'http' | 'grpc';
  /** Of one request. */
  readonly maxSamples: number;
  /**
   * Whether samples may overtake older ones when there are more than one request takes. Only where the receiver is known
   * to store late samples: docs/decisions/push-order.md.
   */
  readonly mayOvertake: boolean;
  /** Loads what it needs and reads the TLS files; throws when one cannot be read. */
  create(options: SenderOptions): Promise<Sender>;
}

/** The one job that pushed hosts have: the catalogue's rules and dashboards ask for it. */
export const job = 'node';

/** `Authorization` where there is a key. */
export function authorization(apiKey: Secret | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey.reveal()}` };
}

/**
 * A series' own labels beside the host's: one that the host's would overwrite is kept as `exported_<name>`, as
 * Prometheus does when it scrapes. Source: honor_labels in Prometheus' configuration.
 */
export function besideHostLabels(
  labels: Readonly<Record<string, string>>,
  hostLabels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (!Object.keys(labels).some((name) => name in hostLabels)) return labels;
  const renamed: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    let free = name;
    while (free in hostLabels || (free !== name && free in labels)) free = `exported_${free}`;
    renamed[free] = value;
  }
  return renamed;
}
