/** `hostpulse up`: runs the whole stack on this host until Ctrl-C. */
import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../common/program/child-environment.ts';
import { createLifecycle, type Part } from '../common/program/lifecycle.ts';
import { type Program, type ProgramContext, type Service, StartError } from '../common/program/program.ts';
import { loadConfig } from '../common/program/settings/config.ts';
import type { Secret } from '../common/program/settings/secret.ts';
import { createComponents, partFiles } from './components.ts';
import { configureStack } from './configure.ts';
import { dataDirectory } from './data/data-directory.ts';
import { acquireLock, type Lock } from './data/lock.ts';
import { renderStackFile } from './data/stack-file.ts';
import { certificateNames, hostAddresses } from './gateway-address.ts';
import { listPartProblems } from './parts/list-part-problems.ts';
import { planStack } from './plan.ts';
import { requireFreePorts, urlsOf } from './ports.ts';
import { endOrphans, recordComponents } from './process/orphans.ts';
import type { Component } from './process/supervisor.ts';
import { checkSettings, settings, type UpConfig } from './settings.ts';
import { renderSummary } from './summary.ts';
import { prepareTls, renewEvery, type TlsFacts } from './tls/prepare-tls.ts';

export const up: Program<typeof settings> = {
  name: 'up',
  summary: 'Run the whole stack on this host: exporter, relay, Alertmanager, Prometheus and gateway.',
  settings,
  examples: [
    ['', 'try it: the page is at http://127.0.0.1:9180, the data in ./data'],
    ['--listen=0.0.0.0:9180 --tls=auto', 'serve other hosts, with TLS'],
    ['--config.file=/etc/hostpulse/hostpulse.yml', 'run with a settings file, as the systemd unit does'],
    ['--port-offset=1000', 'run beside programs that use the default ports'],
  ],
  async check(config) {
    const problems = checkSettings(config);
    return problems.length > 0 ? problems : listPartProblems(partFiles(planStack(config)));
  },
  create: createStack,
  stopLimitMs: 90_000,
  actions: {
    'secrets-only': {
      help: "create Prometheus' and Grafana's passwords, the relay's token and the keys in the data directory, and exit",
      async run({ dataDir }, { environment }) {
        const { ensureCredentials } = await import('./credentials.ts');
        await ensureCredentials(dataDirectory(dataDir), await gatewayDatabase(environment));
      },
    },
  },
};

/** In containers the gateway is started by others, and its variables say where its keys are. Throws a `ConfigError`. */
async function gatewayDatabase(environment: ProgramContext['environment']): Promise<Secret | undefined> {
  const { databaseUrl } = (await import('../common/store/settings.ts')).storeSettings;
  return loadConfig({ databaseUrl }, { program: 'gateway', flags: {}, environment }).databaseUrl;
}

function createStack(config: UpConfig, { log, environment }: ProgramContext): Service {
  const plan = planStack(config);
  const { directory, ports, address } = plan;
  const names = () => certificateNames(address, hostAddresses());
  const tlsPlan = { tls: config.tls, directory, names };
  const beganMs = performance.now();
  if (config.timeZone !== undefined) process.env['TZ'] = config.timeZone; // inherited by every component
  const components = createComponents(plan, { log, onChange: recordRunning, onLogFault: reportStorageFault });
  let lock: Lock | undefined;
  let tls: TlsFacts | undefined;
  let renewal: NodeJS.Timeout | undefined;
  let loginToken: string | undefined;
  /** Components that did not start, with the reason. */
  const failed = new Map<string, string>();
  let starting: Component | undefined;
  let hasStorageFault = false;

  async function prepare(): Promise<void> {
    rmSync(directory.stackFile, { force: true }); // left by an `up` that was killed
    await endOrphans(directory.recordFile, log);
    await requireFreePorts(ports, address.listen);
    configureStack(directory, ports);
    tls = await prepareTls(tlsPlan, log);
    try {
      loginToken = await createCredentials(directory.root);
    } catch (error) {
      log.error('no login link: the credentials cannot be completed', { error });
    }
  }

  function recordRunning(): void {
    try {
      recordComponents(
        directory.recordFile,
        components.flatMap((component) => component.running() ?? []),
      );
      hasStorageFault = false;
    } catch (error) {
      reportStorageFault(error);
    }
  }

  /** Every component meets the same fault when the data directory is moved away: logged once. */
  function reportStorageFault(error: unknown): void {
    if (!hasStorageFault)
      log.warn('the data directory cannot be written; the components keep running', {
        directory: directory.root,
        error,
      });
    hasStorageFault = true;
  }

  function toPart(component: Component): Part {
    let isStarted = false;
    return {
      name: component.name,
      async start() {
        const startedMs = performance.now();
        isStarted = true;
        starting = component;
        try {
          await component.start();
          if (component.running() !== undefined)
            say(`${component.name.padEnd(12)} ready after ${secondsSince(startedMs)}\n`);
        } catch (error) {
          if (!(error instanceof StartError)) throw error;
          failed.set(component.name, error.message);
          say(`${component.name.padEnd(12)} does not start; the others run\n`);
        } finally {
          starting = undefined;
        }
      },
      async stop() {
        await component.stop();
        if (isStarted) say(`${component.name.padEnd(12)} stopped\n`);
      },
    };
  }

  const lifecycle = createLifecycle({
    log,
    parts: [
      {
        name: 'lock of the data directory',
        start() {
          mkdirSync(directory.root, { recursive: true, mode: 0o700 });
          lock = acquireLock(directory.lockFile, directory.root);
        },
        stop: () => lock?.release(),
      },
      { name: 'configuration', start: prepare },
      ...components.map(toPart),
      {
        name: 'stack.json',
        start() {
          const isService = environment['JOURNAL_STREAM'] !== undefined; // the journal keeps no login link
          const link = isService || loginToken === undefined ? {} : { loginToken };
          say(renderSummary({ ...plan, tls, failed, took: secondsSince(beganMs), ...link }));
          const urls = { ...urlsOf(ports), public_url: address.publicUrl };
          // Renamed, because a script that waits for the file would read a part of it while it is written.
          writeFileSync(`${directory.stackFile}.new`, renderStackFile(directory, urls), { mode: 0o600 });
          renameSync(`${directory.stackFile}.new`, directory.stackFile);
          renewal = renewEvery(tlsPlan, log);
          globalThis.gc?.(); // the garbage of the start would stay in memory: nothing else here fills the heap
        },
        stop() {
          clearInterval(renewal);
          if (lock !== undefined) rmSync(directory.stackFile, { force: true }); // without the lock, the file is another stack's
        },
      },
    ],
  });

  return {
    start: () => lifecycle.start(),
    async stop() {
      void starting?.stop(); // ends the wait until the component is ready
      await lifecycle.stop();
    },
  };
}

/** Returns the login token. */
async function createCredentials(root: string): Promise<string> {
  const script = join(import.meta.dirname, `credentials-process${extname(import.meta.filename)}`);
  try {
    return (await promisify(execFile)(process.execPath, [script, root], { env: childEnvironment(process.env) })).stdout;
  } catch (cause) {
    const { stderr } = cause as { readonly stderr?: string };
    if (stderr === undefined || stderr === '')
      throw new StartError(`the credentials in ${root} cannot be created`, { cause });
    throw new StartError(stderr);
  }
}

/** Writes what an operator reads at the terminal; faults go to the log. */
function say(text: string): void {
  process.stdout.write(text);
}

function secondsSince(startMs: number): string {
  return `${((performance.now() - startMs) / 1_000).toFixed(1)} s`;
}
