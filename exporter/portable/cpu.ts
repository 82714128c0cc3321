/** Exposes CPU time by mode, from `os.cpus()`, because systeminformation has percentages and no counters. */
import type { CpuInfo } from 'node:os';
import type { Collector } from '../collector/collector.ts';
import { counter, type Family, type Sample } from '../exposition/family.ts';
import type { Platform, PortableHost } from './systeminformation/host.ts';

type Time = keyof CpuInfo['times'];

/** The mode's name, the time it is read from, and a time to subtract. */
type Mode = readonly [mode: string, time: Time, without?: Time];

const idle: Mode = ['idle', 'idle'];
const irq: Mode = ['irq', 'irq'];
const nice: Mode = ['nice', 'nice'];
const system: Mode = ['system', 'sys'];
const user: Mode = ['user', 'user'];

/** Returns the modes that the system counts; libuv sets the others to 0. Source: uv_cpu_info in libuv's src/unix/darwin.c and src/win/util.c */
function modesOf(platform: Platform): readonly Mode[] {
  if (platform === 'darwin') return [idle, nice, system, user];
  // Windows includes interrupt time in kernel time.
  if (platform === 'win32') return [idle, irq, ['system', 'sys', 'irq'], user];
  return [idle, irq, nice, system, user];
}

/** Minimum decrease of the idle time that counts as a counter reset. Smaller decreases are jitter between readings. */
const resetSeconds = 3;

export function createPortableCpu(host: PortableHost): Collector {
  return {
    name: 'cpu',
    defaultEnabled: true,
    help: 'Exposes CPU time by mode, for the modes that the system counts.',
    flags: [],
    create() {
      let last: readonly CpuSeconds[] = [];
      return () => {
        const now = parseCpuSeconds(host.cpus(), host.platform);
        last = now.map((seconds, index) => advance(last[index], seconds));
        return [secondsFamily(last)];
      };
    },
  };
}

/** Seconds since boot, by mode in the order of exposition. */
export type CpuSeconds = ReadonlyMap<string, number>;

/** Returns the seconds of each CPU. Throws an Error without a CPU, and for a CPU whose times are all 0. */
export function parseCpuSeconds(cpus: readonly CpuInfo[], platform: Platform): CpuSeconds[] {
  if (cpus.length === 0) throw new Error('os.cpus: expected a CPU, got none');
  return cpus.map(({ times }, index) => {
    const total = Object.values(times).reduce((sum, each) => sum + each, 0);
    if (!(total > 0)) throw new Error(`os.cpus ${index}: expected times above 0, got ${total}`);
    return new Map(
      modesOf(platform).map(([mode, time, without]): [string, number] => {
        const milliseconds = times[time] - (without === undefined ? 0 : times[without]);
        return [mode, Math.max(0, milliseconds) / 1000];
      }),
    );
  });
}

function advance(before: CpuSeconds | undefined, now: CpuSeconds): CpuSeconds {
  if (before === undefined || (before.get('idle') ?? 0) - (now.get('idle') ?? 0) >= resetSeconds) return now;
  return new Map([...now].map(([mode, seconds]) => [mode, Math.max(seconds, before.get(mode) ?? 0)]));
}

function secondsFamily(cpus: readonly CpuSeconds[]): Family {
  const samples = cpus.flatMap((seconds, index) =>
    [...seconds].map(([mode, value]): Sample => ({ labels: { cpu: String(index), mode }, value })),
  );
  return counter('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.', samples);
}
