/** Runs the exporter, which serves scrapes, or prints one scrape to stdout. */
import type { ServerFactory } from '../common/http/server.ts';
import { createLifecycle } from '../common/program/lifecycle.ts';
import { createLog, type Log } from '../common/program/log.ts';
import type { Program, ProgramContext } from '../common/program/program.ts';
import type { Problem } from '../common/program/settings/config.ts';
import { type ExporterConfig, exporterSettings } from './config.ts';
import { checkCollectors, createEnabledCollectors } from './enabled-collectors.ts';
import { renderExposition } from './exposition/exposition.ts';
import { createExporterServer, type ExporterServer } from './http/server.ts';
import { systemdSockets } from './http/systemd-sockets.ts';
import { checkSource, loadCollectors } from './platform.ts';
import { createRuntime } from './runtime.ts';
import { createScrape } from './scrape.ts';
import { createSelfMetrics } from './self-metrics.ts';

/** Time limit of the scrape of `--once`. */
const onceLimitMs = 10_000;

export const exporter = {
  name: 'exporter',
  summary: "Reads this host and serves /metrics under node_exporter's names.",
  settings: exporterSettings,
  examples: [
    ['', 'serve metrics at http://localhost:9100/metrics'],
    ['--once', 'print one scrape'],
    ['--config.file=/etc/hostpulse/exporter.yml --check-config', 'check a settings file'],
  ],
  check: checkExporter,
  create: createExporter,
  actions: { once: { help: 'print one scrape and exit', run: printOnce } },
} satisfies Program<typeof exporterSettings>;

async function checkExporter(config: ExporterConfig): Promise<readonly Problem[]> {
  const collectors = await loadCollectors(config.source);
  const problems = [
    ...checkSource(config.source, collectors, config),
    ...checkCollectors(collectors, config, silentLog()),
    ...(config.serverUrl === undefined ? [] : await pushProblems(config)),
  ];
  return config.webConfigFile === undefined ? problems : [...problems, ...(await webProblems(config.webConfigFile))];
}

export async function createExporter(
  config: ExporterConfig,
  context: ProgramContext<ExporterConfig>,
): Promise<ExporterServer> {
  const { log, version } = context;
  const selfMetrics = config.hidesOwnMetrics ? undefined : createSelfMetrics({ version });
  const runtime = await createRuntime({ config, context, selfMetrics });
  const server = createExporterServer({
    addresses: config.usesSystemdSocket ? systemdSockets(context.environment) : config.listenAddresses,
    telemetryPath: config.telemetryPath,
    maxRequests: config.maxRequests,
    scrape: runtime.scrape,
    collectorNames: runtime.collectorNames,
    top: runtime.top,
    version,
    log,
    ...(config.webConfigFile !== undefined && { createServer: await createGuardedFactory(config.webConfigFile, log) }),
    ...(selfMetrics !== undefined && { selfMetrics }),
  });
  const lifecycle = createLifecycle({
    log,
    parts: [
      { name: 'server', start: () => server.start(), stop: () => server.stop() },
      { name: 'runtime', start: () => runtime.start(), stop: () => runtime.stop() },
    ],
  });
  return {
    start: () => lifecycle.start(),
    reload: () => runtime.reload(),
    stop: () => lifecycle.stop(),
    bound: () => server.bound(),
  };
}

async function printOnce(config: ExporterConfig, { log }: ProgramContext): Promise<void> {
  const collectors = await loadCollectors(config.source);
  const scrape = createScrape(createEnabledCollectors(collectors, config, log), log);
  const text = renderExposition(await scrape({ limitMs: onceLimitMs }));
  const written = Promise.withResolvers<void>();
  process.stdout.write(text, () => written.resolve());
  await written.promise;
}

/** Imports the guard dynamically: an exporter without `--web.config.file` loads no yaml, TLS and bcrypt. */
async function createGuardedFactory(file: string, log: Log): Promise<ServerFactory> {
  const { createGuardedServers } = await import('../common/http/web-config/web-guard.ts');
  return createGuardedServers(file, log);
}

async function pushProblems(config: ExporterConfig): Promise<readonly Problem[]> {
  const { checkPush } = await import('./push/push-settings.ts');
  return checkPush(config);
}

async function webProblems(file: string): Promise<readonly Problem[]> {
  const { webConfigProblems } = await import('../common/http/web-config/web-guard.ts');
  return webConfigProblems(file);
}

/** Returns a log that discards its lines, for the check of the configuration: the check runs before the configured log exists, and the start logs the same lines again. */
function silentLog(): Log {
  return createLog({ level: 'error', format: 'json', program: 'exporter', write: () => undefined });
}
