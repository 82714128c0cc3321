/** CPU metrics: shares of the time of all CPUs, by mode of /proc/stat. Busy is every mode except idle and iowait. */
import {
  counter,
  countWithout,
  type Expression,
  gauge,
  type Matcher,
  matcher,
  percent,
  sumWithout,
} from './expression.ts';
import { defineMetric } from './metric.ts';

const family = 'node_cpu_seconds_total';
const busy: Matcher = { label: 'mode', operator: '!~', value: 'idle|iowait' };

function share(without: readonly string[], ...where: readonly Matcher[]): Expression {
  return percent(sumWithout(without, counter(family, ...where)), sumWithout(without, counter(family)));
}

function usage(name: string, help: string, where: Matcher, peak: boolean) {
  return defineMetric({
    name: `cpu.usage.${name}`,
    help,
    unit: 'percent',
    labels: [],
    interval: '5s',
    peak,
    exported: share(['cpu', 'mode'], where),
  });
}

function load(minutes: 1 | 5 | 15) {
  return defineMetric({
    name: `cpu.load.average.${minutes}m`,
    help: `Processes running or waiting, averaged by the kernel over ${minutes} min.`,
    unit: 'load',
    labels: [],
    interval: '5s',
    peak: false,
    exported: gauge(`node_load${minutes}`),
  });
}

export const cpuMetrics = [
  usage('total', 'Time that the CPUs were busy: all but idle and waiting for I/O.', busy, true),
  usage('user', 'Time in user space.', matcher('mode', 'user'), false),
  usage('system', 'Time in the kernel, interrupts apart.', matcher('mode', 'system'), false),
  usage('idle', 'Time with nothing to do.', matcher('mode', 'idle'), false),
  usage('iowait', 'Idle time with I/O outstanding.', matcher('mode', 'iowait'), true),
  defineMetric({
    name: 'cpu.cores.usage',
    help: 'Time that one CPU was busy.',
    unit: 'percent',
    labels: ['cpu'],
    interval: '5s',
    peak: true,
    exported: share(['mode'], busy),
  }),
  defineMetric({
    name: 'cpu.cores.count',
    help: 'Online CPUs; over a window, CPUs that were online at any time in it.',
    unit: 'count',
    labels: [],
    interval: 'once',
    peak: false,
    exported: countWithout(['cpu', 'mode'], gauge(family, matcher('mode', 'idle'))),
  }),
  load(1),
  load(5),
  load(15),
];
