/** Creates a host with the answers in `answers.json` of a case, which were written after systeminformation's documentation and source. */
import { readFileSync } from 'node:fs';
import type { CpuInfo } from 'node:os';
import type { HostNames, Platform, PortableHost, Question } from '../../exporter/portable/systeminformation/host.ts';

interface PortableAnswers {
  readonly platform: Platform;
  readonly cpus: readonly CpuInfo[];
  readonly loadavg: readonly number[];
  readonly uptimeSeconds: number;
  readonly names: HostNames;
  readonly interfaces: readonly string[];
  /** systeminformation's, by function. */
  readonly answers: Readonly<Record<Question, unknown>>;
}

export function readPortableHost(file: string): PortableHost {
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as PortableAnswers;
  return {
    platform: recorded.platform,
    cpus: () => recorded.cpus,
    loadavg: () => recorded.loadavg,
    uptimeSeconds: () => recorded.uptimeSeconds,
    names: () => recorded.names,
    interfaceNames: () => recorded.interfaces,
    ask: (question) => Promise.resolve(recorded.answers[question]),
  };
}
