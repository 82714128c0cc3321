/** A resource as Prometheus knows it: `job`, `instance`, and what else is known of it on `target_info`. */

import type { Attributes } from '../../common/otlp/metrics-data.ts';
import { hostName } from '../schema/fields.ts';

export interface Target {
  readonly job: string;
  /** Undefined where the resource names no instance that could be one. */
  readonly instance: string | undefined;
  /** For `target_info`, by their own keys. */
  readonly info: Attributes;
}

const identity: readonly string[] = ['service.name', 'service.namespace', 'service.instance.id'];

/** `service.namespace/service.name`; `service.instance.id`, else `host.name`, else the host that the key is bound to. */
export function targetOf(attributes: Attributes, boundHost: string | undefined): Target {
  const text = (key: string): string | undefined => attributes.get(key) || undefined;
  const [name, namespace, id] = ['service.name', 'service.namespace', 'service.instance.id'].map(text);
  const service = name ?? 'unknown_service';
  const named = id ?? text('host.name') ?? boundHost;
  return {
    job: namespace === undefined ? service : `${namespace}/${service}`,
    instance: hostName.safeParse(named).success ? named : undefined,
    // A host that is its own instance says nothing more by its name.
    info: new Map(
      [...attributes].filter(([key, value]) => !identity.includes(key) && !(key === 'host.name' && value === named)),
    ),
  };
}
