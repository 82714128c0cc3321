/** The server that `hostpulse doctor` examines: a data directory of this host, or a gateway elsewhere. */
import type { Problem } from '../../../common/program/settings/config.ts';
import type { ComponentsOptions } from '../../../stack/components.ts';
import type { StackUrls } from '../../../stack/data/stack-file.ts';
import type { ComponentName } from '../../../stack/ports.ts';
import type { RunningComponent } from '../../../stack/process/orphans.ts';
import { type Answer, get, getJson } from './http.ts';

export interface Site {
  readonly now: () => number;
  /** Undefined for a gateway elsewhere. */
  readonly local: LocalStack | undefined;
  /** Undefined unless the local stack is ready. */
  readonly gateway: GatewayAccess | undefined;
  /** Prometheus itself on this host, or the same calls of the gateway. Undefined unless the local stack is ready. */
  readonly prometheus: PrometheusAccess | undefined;
}

export interface LocalStack extends ComponentsOptions {
  /** The settings file of `hostpulse up`; undefined: none is used. */
  readonly configFile: string | undefined;
  /** Faults of that file; defaults are used instead of its settings. */
  readonly configProblems: readonly Problem[];
  /** `starting`: `up` runs, and its components are not ready yet. */
  readonly state: 'running' | 'starting' | 'stopped';
  readonly urls: Readonly<Record<ComponentName, string>>;
  /** The processes that `up` has recorded. */
  readonly processes: readonly RunningComponent[];
  /** Returns the `Authorization` of a component; undefined when it needs none, or when its secret cannot be read. */
  readonly authorizationOf: (component: ComponentName) => string | undefined;
}

export interface GatewayAccess {
  readonly url: StackUrls['gateway'];
  readonly publicUrl: string;
  /** Returns any answer of the gateway to a GET with the key. */
  readonly get: (path: string) => Promise<Answer>;
  /** Returns the JSON of an answer 200. */
  readonly getJson: (path: string) => Promise<unknown>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusAccess {
  /** Returns `data` of the answer to a call below /api/v1. */
  readonly ask: (path: string) => Promise<unknown>;
  /** Returns the samples of an instant query. */
  readonly query: (expression: string) => Promise<readonly Sample[]>;
}

interface Access {
  readonly url: string;
  readonly authorization: string | undefined;
}

export function createGatewayAccess({ url, authorization, publicUrl }: Access & { publicUrl: string }): GatewayAccess {
  const asked = (path: string) => ({ url: `${url}${path}`, authorization });
  return { url, publicUrl, get: (path) => get(asked(path)), getJson: (path) => getJson(asked(path)) };
}

export function createPrometheusAccess({ url, authorization }: Access): PrometheusAccess {
  async function ask(path: string): Promise<unknown> {
    return ((await getJson({ url: `${url}/api/v1/${path}`, authorization })) as { readonly data?: unknown }).data;
  }
  return {
    ask,
    async query(expression) {
      const data = await ask(`query?query=${encodeURIComponent(expression)}`);
      const { result } = data as { readonly result: readonly RawSample[] };
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
  };
}

interface RawSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}
