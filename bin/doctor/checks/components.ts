/** Checks that every component runs and answers; while the stack does not run, that its ports are free. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../common/program/log.ts';
import { renderListenAddress } from '../../../common/program/settings/units.ts';
import { type ComponentName, listOccupied } from '../../../stack/ports.ts';
import { tryStartTicks } from '../../../stack/process/orphans.ts';
import { type Check, type Finding, fault, orOk, warning } from '../site/finding.ts';
import { readHealth } from '../site/health.ts';
import { get } from '../site/http.ts';
import type { GatewayAccess, LocalStack } from '../site/site.ts';

export const components: Check = {
  name: 'components',
  run({ local, gateway }) {
    if (local === undefined) return gateway === undefined ? Promise.resolve([]) : checkHealth(gateway);
    if (local.state === 'starting') return Promise.resolve([describeStart(local)]);
    return local.state === 'stopped' ? checkStopped(local) : checkRunning(local);
  },
};

async function checkStopped(local: LocalStack): Promise<readonly Finding[]> {
  const { ports, address, directory, configFile } = local;
  const start =
    configFile === undefined ? `hostpulse up --data-dir ${directory.root}` : 'sudo systemctl start hostpulse';
  const stopped = fault(`the stack of ${directory.root} does not run`, start);
  const occupied = (await listOccupied(ports, address.listen)).map(({ name, address: place }) =>
    fault(
      `port ${renderListenAddress(place)} (${name}) is used by another program`,
      `ss -ltnp 'sport = :${place.port}' shows the program: stop it, or start hostpulse with --port-offset or --listen`,
    ),
  );
  return [stopped, ...orOk(occupied, `the ports ${Object.values(ports).join(', ')} are free`)];
}

function describeStart({ directory, processes }: LocalStack): Finding {
  const names = processes.map(({ name }) => name).join(', ');
  const log = processes.at(-1)?.name ?? 'exporter';
  const message = `the stack is starting; launched: ${names === '' ? 'nothing yet' : names}`;
  return warning(
    message,
    `run the command again in a minute; ${join(directory.logs, `${log}.log`)} shows the progress`,
  );
}

async function checkRunning(local: LocalStack): Promise<readonly Finding[]> {
  const names = Object.keys(local.urls).filter((name): name is ComponentName => name in local.ports);
  const findings = await Promise.all(names.map((name) => checkComponent(name, local)));
  return orOk(findings.flat(), `${names.join(', ')} answer`);
}

const answerLimitMs = 4_000;

async function checkComponent(name: ComponentName, local: LocalStack): Promise<readonly Finding[]> {
  const url = `${local.urls[name]}/-/ready`;
  const fail = (reason: string): readonly Finding[] => [fault(`${name}: ${reason}`, remedyOf(name, local))];
  try {
    const asked = { url, authorization: local.authorizationOf(name), limitMs: answerLimitMs };
    const { status } = await get(asked).catch(() => get(asked)); // a busy machine may be late once
    if (status === 200) return [];
    return fail(status === 401 ? 'refuses the password of the data directory' : `is not ready (status ${status})`);
  } catch (error) {
    const isRunning = tryProcess(name, local) !== undefined;
    const last = isRunning ? undefined : tryLastError(logOf(name, local));
    const cause = last === undefined ? messageOf(error) : `does not run; its log ends with: ${last}`;
    return fail(cause);
  }
}

function remedyOf(name: ComponentName, local: LocalStack): string {
  const pid = tryProcess(name, local);
  const log = logOf(name, local);
  if (pid === undefined) return `read ${log} and fix the cause; "hostpulse up" retries the start every 30 s`;
  if (tryState(pid) === 'T') return `the process is suspended: kill -CONT ${pid}`;
  return `read ${log}; kill ${pid} ends the process, and "hostpulse up" starts it again`;
}

function tryProcess(name: ComponentName, { processes }: LocalStack): number | undefined {
  return processes.find((each) => each.name === name && tryStartTicks(each.pid) === each.startTicks)?.pid;
}

/** Returns the state of the process as proc(5) has it: `T` means stopped by a signal. */
function tryState(pid: number): string | undefined {
  try {
    return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  } catch {
    return undefined; // no procfs, or the process has ended
  }
}

function logOf(name: ComponentName, { directory }: LocalStack): string {
  return join(directory.logs, `${name}.log`);
}

/** Returns the last line of a log that reports an error, else the last line. */
function tryLastError(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined; // no log yet, or not readable by this user
  }
  const lines = text.slice(-16_384).trimEnd().split('\n');
  const line = lines.findLast((each) => /level=error|\berr=|expected/i.test(each)) ?? lines.at(-1);
  return line === undefined || line === '' ? undefined : line.trim().slice(0, 300);
}

/** Leaves out the queue, which the check `queue` reports. */
async function checkHealth(gateway: GatewayAccess): Promise<readonly Finding[]> {
  const { queue: _queue, ...states } = await readHealth(gateway);
  const findings = Object.entries(states).flatMap(([name, state]) => {
    const { status, reason } = state ?? { status: 'down' };
    if (status === 'ok') return [];
    const report = status === 'degraded' ? warning : fault;
    return [report(`${name}: ${reason ?? status}`, 'run "hostpulse doctor" on the server')];
  });
  return orOk(findings, `gateway, ${Object.keys(states).join(', ')} answer`);
}
