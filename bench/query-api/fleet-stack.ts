/** Runs Prometheus with the data of a fleet, and gateways that query this Prometheus, for the query benchmarks. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../common/program/package.ts';
import { programFlag } from '../measure/flags.ts';
import { type RunningGateway, startGateway, startPrometheus } from '../measure/servers.ts';
import { ensureFleet } from './api-data.ts';

export const fleetFlags = {
  hosts: [100, 'number of hosts'],
  ...programFlag,
  fresh: [false, 'delete and rewrite the data'],
} as const;

export interface FleetStack {
  readonly prometheusUrl: string;
  /** Time of the newest samples. */
  readonly endMs: number;
  /** Starts a gateway with an empty database, whose clock begins at `endMs`, and a key of the scope read. */
  readonly startGateway: () => Promise<RunningGateway>;
}

/** Writes the data when it is missing. Prometheus runs until `act` ends. */
export async function withFleetStack(
  { hosts, program, fresh }: { readonly hosts: number; readonly program: string; readonly fresh: boolean },
  act: (stack: FleetStack) => Promise<void>,
): Promise<void> {
  const folder = join(packageRoot(), 'bench', 'data', `api-${hosts}-hosts`);
  if (fresh) rmSync(folder, { recursive: true, force: true });
  const flags = ['--storage.tsdb.retention.time=400d', '--log.level=warn'];
  const prometheus = await startPrometheus({ folder: join(folder, 'prometheus'), flags });
  try {
    const endMs = await ensureFleet({ folder, url: prometheus.url, hosts });
    await act({
      prometheusUrl: prometheus.url,
      endMs,
      startGateway() {
        const scratch = join(folder, 'gateway');
        rmSync(scratch, { recursive: true, force: true });
        mkdirSync(scratch);
        const clock = `const now = Date.now; Date.now = () => now() + ${endMs - Date.now()};`;
        return startGateway({
          program,
          folder: scratch,
          prometheusUrl: prometheus.url,
          scope: 'read',
          nodeFlags: [`--import=data:text/javascript,${encodeURIComponent(clock)}`],
          flags: ['--alertmanager.url=http://127.0.0.1:1'],
        });
      },
    });
  } finally {
    await prometheus.stop();
  }
}
