/** Reads the host for portable collectors: values of Node.js, and systeminformation's answers, which callers must check. */
import os from 'node:os';
import { createBounded } from './bounded.ts';

/** Collectors distinguish platforms whose values differ in meaning. */
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
  /** Returns the result of systeminformation's function, unchecked. Rejects when the function returns no result in time. */
  ask(question: Question): Promise<unknown>;
}

/** The fields of uname(2). */
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

/** Below the scrape's limit of 4 s. A late result serves the next scrape. */
const limitMs = 3_000;
/** systeminformation reports errors and drops as 0 when it is called again within 500 ms. */
const freshMs = 600;
/** Three scrapes at 5 s. */
const maxAgeMs = 15_000;

/** Returns this machine. systeminformation is loaded by the first question. */
export function createPortableHost(platform: Platform = process.platform): PortableHost {
  const interfaceNames = (): string[] => Object.keys(os.networkInterfaces());
  const call = async (question: Question): Promise<unknown> => {
    const { default: information } = await import('systeminformation');
    // With `*` systeminformation first reads all properties of every interface.
    if (question === 'networkStats') return information.networkStats(interfaceNames().join(','));
    return information[question]();
  };
  const bounded = new Map(
    questions.map((question) => [
      question,
      createBounded(() => call(question), { name: `systeminformation.${question}`, limitMs, freshMs, maxAgeMs }),
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
