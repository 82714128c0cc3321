/** What the portable collectors ask of a host: Node's own readings, and systeminformation's answers, which nobody may trust. */
import os from 'node:os';
import { createBounded } from './bounded.ts';

/** Systems are told apart where their answers mean different things. */
export type Platform = NodeJS.Platform;

export interface PortableHost {
  readonly platform: Platform;
  /** Milliseconds since boot by mode and CPU. */
  cpus(): readonly os.CpuInfo[];
  loadavg(): readonly number[];
  uptimeSeconds(): number;
  names(): HostNames;
  /** Network interfaces that are up. */
  interfaceNames(): readonly string[];
  /** systeminformation's answer of that name, unchecked. Rejects when it gave none in time. */
  ask(question: Question): Promise<unknown>;
}

/** As uname(2) tells them. */
export interface HostNames {
  readonly hostname: string;
  readonly machine: string;
  readonly release: string;
  readonly type: string;
  readonly version: string;
}

export const questions = [
  'mem',
  'fsSize',
  'fsStats',
  'disksIO',
  'networkStats',
  'networkConnections',
  'osInfo',
] as const;
export type Question = (typeof questions)[number];

/** Below the scrape's own limit of 4 s, so that an answer that came late is there for the next scrape. */
const limitMs = 3_000;
/** systeminformation forgets errors and drops when it is asked again within 500 ms: they would be 0, and a counter that fell. */
const freshMs = 600;
/** Three scrapes at 5 s: older answers are not "now" any more. */
const keepMs = 15_000;

/** The machine that this runs on. systeminformation is loaded with the first question. */
export function createPortableHost(platform: Platform = process.platform): PortableHost {
  const interfaceNames = (): string[] => Object.keys(os.networkInterfaces());
  const call = async (question: Question): Promise<unknown> => {
    const { default: information } = await import('systeminformation');
    // Of all interfaces it would first ask for everything that the system knows of each.
    if (question === 'networkStats') return information.networkStats(interfaceNames().join(','));
    return information[question]();
  };
  const bounded = new Map(
    questions.map((question) => [
      question,
      createBounded(() => call(question), { name: `systeminformation.${question}`, limitMs, freshMs, keepMs }),
    ]),
  );
  return {
    platform,
    cpus: () => os.cpus(),
    loadavg: () => os.loadavg(),
    uptimeSeconds: () => os.uptime(),
    names: () => ({
      hostname: os.hostname(),
      machine: os.machine(),
      release: os.release(),
      type: os.type(),
      version: os.version(),
    }),
    interfaceNames,
    ask: (question) => (bounded.get(question) as () => Promise<unknown>)(),
  };
}
