/** `hostpulse up`: the whole stack on this host, its parts started in order and kept running until Ctrl-C. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Program, ProgramContext, Service } from '../common/program/program.ts';
import { integer, path } from '../common/program/settings/setting-type.ts';
import { type ConfigOf, type Settings, setting } from '../common/program/settings/settings.ts';
import { createParts } from './components.ts';
import { configureStack, makeSecrets } from './configure.ts';
import { keepKeys, openLogin } from './credentials.ts';
import { dataDirectory } from './data/data-directory.ts';
import { acquireLock, type Lock } from './data/lock.ts';
import { portsWithOffset, requireFreePorts } from './ports.ts';
import { endLeftovers, recordParts } from './process/orphans.ts';
import type { Part } from './process/supervisor.ts';
import { renderReady, renderStackFile } from './summary.ts';

const settings = {
  dataDir: setting({
    path: 'data_dir',
    help: 'folder for data, secrets and logs of all parts',
    kind: path,
    default: 'data',
  }),
  portOffset: setting({
    path: 'port_offset',
    help: 'number added to every default port',
    kind: integer({ min: 0, max: 50_000 }),
    default: 0,
  }),
} satisfies Settings;

export const up: Program<typeof settings> = {
  name: 'up',
  summary: 'Run the whole stack on this host: exporter, relay, Alertmanager, Prometheus and gateway.',
  settings,
  create: createStack,
  stopLimitMs: 90_000,
  actions: {
    'secrets-only': {
      help: "make Prometheus' and Grafana's passwords, the relay's token and the keys in the data directory, and exit",
      async run({ dataDir }) {
        const directory = dataDirectory(dataDir);
        await makeSecrets(directory);
        await keepKeys(directory);
      },
    },
  },
};

function createStack({ dataDir, portOffset }: ConfigOf<typeof settings>, { log }: ProgramContext): Service {
  const directory = dataDirectory(dataDir);
  const ports = portsWithOffset(portOffset);
  const started: Part[] = [];
  let lock: Lock | undefined;
  let isStopping = false;

  async function start(): Promise<void> {
    const beganMs = performance.now();
    mkdirSync(directory.root, { recursive: true, mode: 0o700 });
    lock = acquireLock(directory.lockFile, directory.root);
    rmSync(directory.stackFile, { force: true }); // of an earlier run that was killed
    await endLeftovers(directory.partsFile, log);
    await requireFreePorts(ports);
    const secrets = await configureStack(directory, ports);
    await keepKeys(directory);
    const onChange = (): void =>
      recordParts(
        directory.partsFile,
        started.flatMap((part) => part.running() ?? []),
      );
    for (const part of createParts({ directory, ports, secrets }, { log, onChange })) {
      if (isStopping) return;
      const partBeganMs = performance.now();
      started.push(part);
      await part.start();
      if (isStopping) return;
      say(`${part.spec.name.padEnd(12)} ready after ${seconds(partBeganMs)}\n`);
    }
    say(renderReady({ directory, ports, loginToken: await openLogin(directory), took: seconds(beganMs) }));
    writeFileSync(directory.stackFile, renderStackFile(directory, ports), { mode: 0o600 });
  }

  async function stop(): Promise<void> {
    isStopping = true;
    if (lock === undefined) return; // refused, or stopped already: what is in the folder is somebody else's
    rmSync(directory.stackFile, { force: true });
    for (const part of started.toReversed()) {
      await part.stop();
      say(`${part.spec.name.padEnd(12)} stopped\n`);
    }
    started.length = 0;
    lock.release();
    lock = undefined;
  }

  return { start, stop };
}

/** What an operator reads at the terminal; faults go to the log. */
function say(text: string): void {
  process.stdout.write(text);
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;
}
