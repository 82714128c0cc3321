/** The files and folders of one stack, all below one data directory. */
import { join, resolve } from 'node:path';

/** User of the basic authentication of Prometheus and Alertmanager. prometheus.yml names the same user. */
export const stackUser = 'hostpulse';

/** Returns the header `Authorization` for Prometheus and Alertmanager of the stack. */
export function stackAuthorization(password: string): string {
  return `Basic ${btoa(`${stackUser}:${password}`)}`;
}

export type DataDirectory = ReturnType<typeof dataDirectory>;

export function dataDirectory(path: string) {
  const root = resolve(path);
  const prometheus = join(root, 'prometheus');
  const alertmanager = join(root, 'alertmanager');
  return {
    root,
    /** Locked by the running `up`. */
    lockFile: join(root, 'up.lock'),
    /** URLs and secret files for scripts. Exists while the stack is ready. */
    stackFile: join(root, 'stack.json'),
    /** Process ids of the components: the next `up` ends those that a killed `up` left running. */
    recordFile: join(root, 'parts.json'),
    /** SQLite file of gateway and relay: keys, rules, alert history. */
    database: join(root, 'hostpulse.db'),
    /** SQLite file of the gateway's queue: pushed samples that wait for Prometheus. */
    queue: join(root, 'hostpulse-queue.db'),
    logs: join(root, 'logs'),
    tools: join(root, 'tools', 'usr', 'bin'),
    /** The gateway's admin key, created on the first start. */
    adminKey: join(root, 'admin-key'),
    prometheus: {
      folder: prometheus,
      config: join(prometheus, 'prometheus.yml'),
      webConfig: join(prometheus, 'web.yml'),
      customRules: join(prometheus, 'custom-rules'),
      targets: join(prometheus, 'targets'),
      data: join(prometheus, 'data'),
      /** Password of basic authentication; prometheus.yml names the file. */
      password: join(prometheus, 'prometheus-password'),
      /** Alertmanager's password, which gateway and relay read too; prometheus.yml names the file. */
      alertmanagerPassword: join(prometheus, 'alertmanager-password'),
      /** API key of the gateway with the scope read, for its metrics of single hosts; prometheus.yml names the file. */
      gatewayKey: join(prometheus, 'gateway-key'),
    },
    alertmanager: {
      folder: alertmanager,
      config: join(alertmanager, 'alertmanager.yml'),
      webConfig: join(alertmanager, 'web.yml'),
      /** A copy of the password, for health checks in Alertmanager's container. */
      passwordCopy: join(alertmanager, 'alertmanager-password'),
      data: join(alertmanager, 'data'),
      /** Alertmanager sends this token to the relay's webhook; alertmanager.yml names the file. */
      relayToken: join(alertmanager, 'relay-token'),
    },
    /** For a Grafana that runs beside the stack. */
    grafana: {
      /** An API key of the gateway with the scope read. */
      readKey: join(root, 'grafana', 'read-key'),
      /** Password of Grafana's user admin. */
      password: join(root, 'grafana', 'admin-password'),
    },
    /** The relay's settings, edited by the operator: channels and routes. */
    relayConfig: join(root, 'relay.yml'),
    /** Settings of single programs, edited by the operator. The relay's file is created on the first start. */
    ownConfig: {
      exporter: join(root, 'exporter.yml'),
      gateway: join(root, 'gateway.yml'),
      relay: join(root, 'relay.yml'),
    },
    tls: {
      /** CA and certificates of `tls: auto`. */
      folder: join(root, 'tls'),
      /** The gateway's web configuration: names certificate and key. */
      webConfig: join(root, 'tls', 'web.yml'),
    },
  } as const;
}
