/** The list of subcommands. Each is loaded only when it is asked for: the exporter must not pay for the gateway. */

export interface Subcommand {
  readonly name: string;
  readonly summary: string;
  /** Parses `argv`, runs to the end and ends the process. */
  readonly load: () => Promise<(argv: readonly string[]) => Promise<void>>;
}

export const subcommands: readonly Subcommand[] = [
  {
    name: 'exporter',
    summary: "read this host and serve /metrics under node_exporter's names",
    load: async () => (await import('./exporter.ts')).run,
  },
  {
    name: 'snapshot',
    summary: 'show this host now, by dotted names, without a server',
    load: async () => (await import('./snapshot.ts')).run,
  },
  {
    name: 'gateway',
    summary: 'serve the /api/v1 contract over Prometheus',
    load: async () => (await import('./gateway.ts')).run,
  },
  {
    name: 'relay',
    summary: "take Alertmanager's webhooks and deliver them",
    load: async () => (await import('./relay.ts')).run,
  },
  {
    name: 'up',
    summary: 'run the whole stack on this host, Prometheus and Alertmanager included',
    load: async () => (await import('./up.ts')).run,
  },
  {
    name: 'key',
    summary: "make, list and revoke the gateway's API keys",
    load: async () => (await import('./key.ts')).run,
  },
  {
    name: 'hosts',
    summary: 'forget hosts that pushed and are gone',
    load: async () => (await import('./hosts.ts')).run,
  },
  {
    name: 'rules',
    summary: 'list, apply, try out and delete alert rules of your own',
    load: async () => (await import('./rules/rules.ts')).run,
  },
  {
    name: 'tiers',
    summary: 'show, prune and repair the three resolutions',
    load: async () => (await import('./tiers/tiers.ts')).run,
  },
];
