/** Where everything of one stack is kept: one folder, nothing outside it. */
import { join, resolve } from 'node:path';

export interface DataDirectory {
  readonly root: string;
  /** Held by the running `up`. */
  readonly lockFile: string;
  /** URLs and secret files for scripts, while the stack is ready. */
  readonly stackFile: string;
  /** Process ids of the parts, so that a next `up` can end what a killed one left. */
  readonly partsFile: string;
  /** SQL of gateway and relay: keys, rules, history. */
  readonly database: string;
  readonly logs: string;
  readonly tools: string;
  /** The gateway's admin key, made on the first start. */
  readonly adminKey: string;
  readonly prometheus: {
    readonly folder: string;
    readonly config: string;
    readonly webConfig: string;
    readonly customRules: string;
    readonly targets: string;
    readonly data: string;
    /** Named by prometheus.yml. */
    readonly password: string;
  };
  readonly alertmanager: {
    readonly folder: string;
    readonly config: string;
    readonly data: string;
    /** Named by alertmanager.yml: what the relay asks of whoever calls its webhook. */
    readonly relayToken: string;
  };
  /** What a Grafana beside the stack needs. */
  readonly grafana: {
    /** A key of the gateway that may only read. */
    readonly readKey: string;
    /** Of its user admin. */
    readonly password: string;
  };
  /** The operator's own settings of the relay: channels and routes. */
  readonly relayConfig: string;
}

export function dataDirectory(path: string): DataDirectory {
  const root = resolve(path);
  const prometheus = join(root, 'prometheus');
  const alertmanager = join(root, 'alertmanager');
  return {
    root,
    lockFile: join(root, 'up.lock'),
    stackFile: join(root, 'stack.json'),
    partsFile: join(root, 'parts.json'),
    database: join(root, 'hostpulse.db'),
    logs: join(root, 'logs'),
    tools: join(root, 'tools', 'usr', 'bin'),
    adminKey: join(root, 'admin-key'),
    prometheus: {
      folder: prometheus,
      config: join(prometheus, 'prometheus.yml'),
      webConfig: join(prometheus, 'web.yml'),
      customRules: join(prometheus, 'custom-rules'),
      targets: join(prometheus, 'targets'),
      data: join(prometheus, 'data'),
      password: join(prometheus, 'prometheus-password'),
    },
    alertmanager: {
      folder: alertmanager,
      config: join(alertmanager, 'alertmanager.yml'),
      data: join(alertmanager, 'data'),
      relayToken: join(alertmanager, 'relay-token'),
    },
    grafana: {
      readKey: join(root, 'grafana', 'read-key'),
      password: join(root, 'grafana', 'admin-password'),
    },
    relayConfig: join(root, 'relay.yml'),
  };
}
