/** Defines which folders of the root may import each other, and the layers within a program from top to bottom. */

/** The folders that each folder of the root with sources may import. test/ may import every folder. */
export const folderImports: Readonly<Record<string, readonly string[]>> = {
  common: [],
  exporter: ['common'],
  'ingest-gateway': ['common', 'rules'],
  'alert-relay': ['common'],
  console: ['common'],
  stack: ['common'],
  rules: ['common'],
  grafana: ['common', 'rules'],
  bin: ['common', 'exporter', 'ingest-gateway', 'alert-relay', 'stack', 'rules', 'grafana'],
  bench: ['common', 'exporter', 'ingest-gateway', 'alert-relay'],
  scripts: ['bin', 'common'],
};

/**
 * A row is one layer; its entries are files (`main.ts`) or folders (`push/`) of the program. The longest entry that matches
 * a file decides. A file imports from its own row and from the rows below.
 */
export type Layers = readonly (readonly string[])[];

export const programLayers: Readonly<Record<string, Layers>> = {
  exporter: [
    ['main.ts'],
    ['runtime.ts'],
    ['http/', 'push/', 'snapshot/', 'docs/'],
    ['scrape.ts', 'enabled-collectors.ts', 'self-metrics.ts', 'gc-schedule.ts', 'top/'],
    ['config.ts', 'process-metrics.ts'],
    ['platform.ts', 'collector-settings.ts', 'node-exporter-flags.ts'],
    ['portable/'],
    ['collectors/'],
    ['collector/', 'cgroup/'],
    ['netlink/', 'dbus/'],
    ['exposition/', 'procfs/', 'syscall/'],
  ],
  'ingest-gateway': [
    ['main.ts'],
    ['server.ts'],
    ['config.ts'],
    ['web/'],
    ['api/'],
    ['rules/', 'rollups/', 'query/', 'enrollment/', 'top/'],
    ['silences/'],
    ['otlp/receive/'],
    ['decode/'],
    ['otlp/'],
    ['ingest/'],
    ['liveness/'],
    ['forward/'],
    ['health/'],
    ['queue/'],
    ['auth/', 'http/'],
    ['prometheus/', 'schema/', 'remote-write/'],
  ],
  'alert-relay': [
    ['main.ts', 'generate.ts', 'channels-page.ts'],
    ['relay.ts'],
    ['connections.ts', 'heartbeat.ts', 'presence.ts', 'recurring.ts', 'retention.ts'],
    ['config.ts'],
    ['server.ts'],
    ['pipeline.ts'],
    ['reconcile/'],
    ['stages/'],
    ['channels/'],
    ['channel/'],
    ['chart/'],
    ['settings/'],
    ['text/'],
    ['store/'],
  ],
  console: [
    ['main.tsx', 'assets.d.ts'],
    ['app.tsx'],
    ['routes.ts'],
    ['frame/', 'views/'],
    ['rules/', 'silences/', 'add-host/', 'server/', 'top/'],
    ['alerts/', 'panels/', 'pickers/'],
    ['graph/'],
    ['components/', 'charts/'],
    ['dashboard/'],
    ['hooks/'],
    ['api/'],
    ['state/', 'format/'],
  ],
  common: [
    ['store/', 'dashboard/', 'page/'],
    ['alertmanager/', 'catalogue/', 'queue/', 'prometheus/', 'http/', 'otlp/', 'remote-write/'],
    ['protobuf/', 'program/', 'time/', 'top/'],
  ],
};
