/** The CPU dashboard: the selected hosts side by side. */

import { hostOfSeries, uids } from '../panels/links.ts';
import { timeSeries } from '../panels/time-series.ts';
import { instanceVariable, jobVariable } from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const legend = '{{instance}}';
const link = hostOfSeries;

export const cpu = buildBoard({
  uid: uids.cpu,
  title: 'hostpulse / CPU',
  description: 'CPU usage, time by mode, and load of all hosts.',
  variables: [jobVariable(), instanceVariable()],
  rows: [
    {
      panels: [
        timeSeries({
          title: 'CPU usage',
          description:
            'Time that the CPUs were busy: all but idle and waiting for I/O. Dashed lines: where the default alerts warn; dashed series: the highest five seconds of each recorded step.',
          lines: [{ metric: 'cpu.usage.total', legend }],
          width: 24,
          link,
        }),
        timeSeries({
          title: 'Waiting for I/O',
          description:
            'Idle time with outstanding I/O. A high value means that a disk is too slow for its load, or failing.',
          lines: [{ metric: 'cpu.usage.iowait', legend }],
          link,
        }),
        timeSeries({
          title: 'Busiest core',
          description: 'Busiest single CPU of each host. A single-threaded program can fill one core.',
          lines: [{ metric: 'cpu.cores.usage', legend, wrap: (each) => `max without (cpu) (${each})` }],
          link,
        }),
      ],
    },
    {
      title: 'Where the time goes',
      panels: [
        timeSeries({
          title: 'User space',
          description: 'Time in user mode.',
          lines: [{ metric: 'cpu.usage.user', legend }],
          width: 8,
          link,
        }),
        timeSeries({
          title: 'Kernel',
          description: 'Time in the kernel, without interrupts.',
          lines: [{ metric: 'cpu.usage.system', legend }],
          width: 8,
          link,
        }),
        timeSeries({
          title: 'Idle',
          description: 'Time without work, I/O wait excluded.',
          lines: [{ metric: 'cpu.usage.idle', legend }],
          width: 8,
          link,
        }),
      ],
    },
    {
      title: 'Load',
      panels: [
        timeSeries({
          title: 'Load, 1 minute',
          description:
            "Processes running or waiting, the kernel's mean over a minute. Compare with the number of cores.",
          lines: [{ metric: 'cpu.load.average.1m', legend }],
          link,
        }),
        timeSeries({
          title: 'Load, 5 minutes',
          description: "Processes running or waiting, the kernel's mean over five minutes.",
          lines: [{ metric: 'cpu.load.average.5m', legend }],
          link,
        }),
        timeSeries({
          title: 'Load, 15 minutes',
          description: "Processes running or waiting, the kernel's mean over a quarter of an hour.",
          lines: [{ metric: 'cpu.load.average.15m', legend }],
          link,
        }),
        timeSeries({
          title: 'Cores',
          description: 'Online CPUs.',
          lines: [{ metric: 'cpu.cores.count', legend }],
          link,
        }),
      ],
    },
  ],
});
