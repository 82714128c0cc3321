/** CPU of the chosen hosts side by side. */
import { buildBoard } from '../board.ts';
import { hostOfSeries, uids } from '../links.ts';
import { timeSeries } from '../panels/time-series.ts';
import { instanceVariable, jobVariable } from '../queries/variables.ts';

const legend = '{{instance}}';
const link = hostOfSeries;

export const cpu = buildBoard({
  uid: uids.cpu,
  title: 'hostpulse / CPU',
  description: 'CPU usage, where the time goes, and load, host beside host.',
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
          description: 'Idle time with I/O outstanding. Much of it: a disk is too slow for its load, or failing.',
          lines: [{ metric: 'cpu.usage.iowait', legend }],
          link,
        }),
        timeSeries({
          title: 'Busiest core',
          description: 'The busiest single CPU of each host: a program with one thread fills one core of many.',
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
          description: 'Time in programs.',
          lines: [{ metric: 'cpu.usage.user', legend }],
          width: 8,
          link,
        }),
        timeSeries({
          title: 'Kernel',
          description: 'Time in the kernel, interrupts apart.',
          lines: [{ metric: 'cpu.usage.system', legend }],
          width: 8,
          link,
        }),
        timeSeries({
          title: 'Idle',
          description: 'Time with nothing to do.',
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
          description: 'CPUs online.',
          lines: [{ metric: 'cpu.cores.count', legend }],
          link,
        }),
      ],
    },
  ],
});
