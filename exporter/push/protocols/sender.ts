/** The contract of push protocols: send sample sets as one request and classify the outcome. */
import type { Log } from '../../../common/program/log.ts';
import type { Secret } from '../../../common/program/settings/secret.ts';
import type { SampleSet } from '../buffer/sample-buffer.ts';
import type { PushOutcome } from './outcome.ts';
import type { TlsFiles } from './tls-files.ts';

export interface SenderOptions {
  /** As configured, with or without a path. */
  readonly serverUrl: string;
  readonly apiKey?: Secret | undefined;
  readonly tls: TlsFiles;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The value of `instance`. */
  readonly host: string;
  /** Labels added to every sample, besides `job` and `instance`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
  readonly now: () => number;
  readonly log: Log;
}

export interface Sender {
  /** Sends at least one set as one request. Never rejects: failures are outcomes. */
  send(sets: readonly SampleSet[], signal: AbortSignal): Promise<PushOutcome>;
  close(): void;
}

export interface Protocol {
  readonly name: 'remote_write' | 'http' | 'grpc';
  /** The limit of one request. */
  readonly maxSamples: number;
  /**
   * Whether new samples may be sent before a backlog. Requires a receiver that stores samples out of order:
   * docs/decisions/push-order.md.
   */
  readonly mayOvertake: boolean;
  /** Loads the protocol's modules and reads the TLS files; throws when one cannot be read. */
  create(options: SenderOptions): Promise<Sender>;
}

/** The `job` of all pushed hosts, which the catalogue's rules and dashboards select. */
export const job = 'node';

/** Returns the `Authorization` header, if there is a key. */
export function authorization(apiKey: Secret | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey.reveal()}` };
}

/**
 * Renames the labels of a series that conflict with the host's labels to `exported_<name>`, as Prometheus does when it scrapes.
 * Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/ (honor_labels)
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
