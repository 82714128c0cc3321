/** The exporter program: from its configuration to a running server, or one scrape to stdout. */

import type { ServerFactory } from '../common/http/server.ts';
import { createLifecycle } from '../common/program/lifecycle.ts';
import { createLog, type Log } from '../common/program/log.ts';
import type { Program, ProgramContext } from '../common/program/program.ts';
import type { Problem } from '../common/program/settings/config.ts';
import { type ExporterConfig, exporterSettings } from './config.ts';
import { checkCollectors, createEnabledCollectors } from './enabled-collectors.ts';
import { renderExposition } from './exposition/exposition.ts';
import { createExporterServer, type ExporterServer } from './http/server.ts';
import { checkSource, collectorsOf } from './platform.ts';
import { createRunning } from './runtime.ts';
import { createScrape } from './scrape.ts';
import { createSelfMetrics } from './self-metrics.ts';

/** Nobody waits for `--once` but a person or a script. */
const onceLimitMs = 10_000;

export const exporter = {
  name: 'exporter',
  summary: "Reads this host and serves /metrics under node_exporter's names.",
  settings: exporterSettings,
  check: checkExporter,
  create: createExporter,
  actions: { once: { help: 'print one scrape and exit', run: printOnce } },
} satisfies Program<typeof exporterSettings>;

async function checkExporter(config: ExporterConfig): Promise<readonly Problem[]> {
  const collectors = await collectorsOf(config.source);
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
  const running = await createRunning({ config, context, selfMetrics });
  const server = createExporterServer({
    addresses: config.listenAddresses,
    telemetryPath: config.telemetryPath,
    maxRequests: config.maxRequests,
    scrape: running.scrape,
    known: running.known,
    version,
    log,
    ...(config.webConfigFile !== undefined && { createServer: await guardedServers(config.webConfigFile, log) }),
    ...(selfMetrics !== undefined && { selfMetrics }),
  });
  const lifecycle = createLifecycle({
    log,
    parts: [
      { name: 'server', start: () => server.start(), stop: () => server.stop() },
      { name: 'runtime', start: () => running.start(), stop: () => running.stop() },
    ],
  });
  return {
    start: () => lifecycle.start(),
    reload: () => running.reload(),
    stop: () => lifecycle.stop(),
    bound: () => server.bound(),
  };
}

async function printOnce(config: ExporterConfig, { log }: ProgramContext): Promise<void> {
  const collectors = await collectorsOf(config.source);
  const scrape = createScrape(createEnabledCollectors(collectors, config, log), log);
  const text = renderExposition(await scrape({ limitMs: onceLimitMs }));
  const written = Promise.withResolvers<void>();
  process.stdout.write(text, () => written.resolve());
  await written.promise;
}

/** Loaded only here: yaml, TLS and bcrypt are for those who give a file. */
async function guardedServers(file: string, log: Log): Promise<ServerFactory> {
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

/** For the check before the configured log exists; collectors say what they find again when they are made for good. */
function silentLog(): Log {
  return createLog({ level: 'error', format: 'json', program: 'exporter', write: () => undefined });
}
