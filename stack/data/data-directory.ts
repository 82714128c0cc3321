/** The files and folders of one stack, all below one data directory. */
import { join, resolve } from 'node:path';

export interface DataDirectory {
  readonly root: string;
  /** Locked by the running `up`. */
  readonly lockFile: string;
  /** URLs and secret files for scripts. Exists while the stack is ready. */
  readonly stackFile: string;
  /** Process ids of the components: the next `up` ends those that a killed `up` left running. */
  readonly recordFile: string;
  /** SQLite file of gateway and relay: keys, rules, alert history. */
  readonly database: string;
  readonly logs: string;
  readonly tools: string;
  /** The gateway's admin key, created on the first start. */
  readonly adminKey: string;
  readonly prometheus: {
    readonly folder: string;
    readonly config: string;
    readonly webConfig: string;
    readonly customRules: string;
    readonly targets: string;
    readonly data: string;
    /** Password of basic authentication; prometheus.yml names the file. */
    readonly password: string;
  };
  readonly alertmanager: {
    readonly folder: string;
    readonly config: string;
    readonly data: string;
    /** Alertmanager sends this token to the relay's webhook; alertmanager.yml names the file. */
    readonly relayToken: string;
  };
  /** For a Grafana that runs beside the stack. */
  readonly grafana: {
    /** An API key of the gateway with the scope read. */
    readonly readKey: string;
    /** Password of Grafana's user admin. */
    readonly password: string;
  };
  /** The relay's settings, edited by the operator: channels and routes. */
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
    recordFile: join(root, 'parts.json'),
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
