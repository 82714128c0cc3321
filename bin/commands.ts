/** The list of subcommands. Each is loaded when it is run: the exporter's memory does not include the gateway's modules. */

export interface Subcommand {
  readonly name: string;
  readonly summary: string;
  /** Resolves with a function that parses `argv`, runs the command and sets the exit code. */
  readonly load: () => Promise<(argv: readonly string[]) => Promise<void>>;
}

export const subcommands: readonly Subcommand[] = [
  {
    name: 'exporter',
    summary: "read this host and serve /metrics with node_exporter's names",
    load: async () => (await import('./exporter.ts')).run,
  },
  {
    name: 'snapshot',
    summary: 'print the current values of this host by dotted names, without a server',
    load: async () => (await import('./snapshot.ts')).run,
  },
  {
    name: 'gateway',
    summary: 'serve the /api/v1 contract over Prometheus',
    load: async () => (await import('./gateway.ts')).run,
  },
  {
    name: 'relay',
    summary: "receive Alertmanager's webhooks and deliver them to channels",
    load: async () => (await import('./relay.ts')).run,
  },
  {
    name: 'up',
    summary: 'run the whole stack on this host, Prometheus and Alertmanager included',
    load: async () => (await import('./up.ts')).run,
  },
  {
    name: 'doctor',
    summary: 'examine a server and print what is wrong and what to do',
    load: async () => (await import('./doctor/doctor.ts')).run,
  },
  {
    name: 'backup',
    summary: 'write the data, settings and secrets of a stack into one file, while it runs',
    load: async () => (await import('./backup/backup.ts')).run,
  },
  {
    name: 'restore',
    summary: 'put the files of a backup into the data directory of a stack that does not run',
    load: async () => (await import('./backup/restore.ts')).run,
  },
  {
    name: 'key',
    summary: "create, list and revoke the gateway's API keys",
    load: async () => (await import('./key.ts')).run,
  },
  {
    name: 'sessions',
    summary: "list and end the sessions of the gateway's page",
    load: async () => (await import('./sessions.ts')).run,
  },
  {
    name: 'hosts',
    summary: 'add, list and forget hosts; show outdated agents',
    load: async () => (await import('./hosts.ts')).run,
  },
  {
    name: 'top',
    summary: 'print the processes of a host that used most CPU, memory or I/O at a time',
    load: async () => (await import('./top/top.ts')).run,
  },
  {
    name: 'rules',
    summary: 'manage custom alert rules, generate rules for an existing Prometheus',
    load: async () => (await import('./rules/rules.ts')).run,
  },
  {
    name: 'alerts',
    summary: 'list and acknowledge firing alerts',
    load: async () => (await import('./alerts.ts')).run,
  },
  {
    name: 'tiers',
    summary: 'show, prune, repair and copy the three resolutions of the data',
    load: async () => (await import('./tiers/tiers.ts')).run,
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell: bash, zsh, fish',
    async load() {
      const { createRun } = await import('./completion/completion.ts');
      return createRun(async () => (await import('./all-commands.ts')).allCommands());
    },
  },
];
