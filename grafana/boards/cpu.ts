/** Defines the CPU dashboard, which compares the selected hosts. */
import { uids } from '../panels/panel-options.ts';
import { timeSeriesPanels } from '../panels/time-series.ts';
import { instanceVariable, jobVariable } from '../queries/variables.ts';
import { buildBoard } from './board.ts';

const hosts = { legend: '{{instance}}' };

export const cpu = buildBoard({
  uid: uids.cpu,
  title: 'hostpulse / CPU',
  description: 'CPU usage, time by mode, and load of all hosts.',
  variables: [jobVariable(), instanceVariable()],
  rows: [
    {
      panels: timeSeriesPanels(hosts, [
        {
          title: 'CPU usage',
          metrics: 'cpu.usage.total',
          width: 24,
          description:
            'Time that the CPUs were busy: all but idle and waiting for I/O. Dashed lines: where the default alerts warn; dashed series: the highest five seconds of each recorded step.',
        },
        {
          title: 'Waiting for I/O',
          metrics: 'cpu.usage.iowait',
          description:
            'Idle time with outstanding I/O. A high value means that a disk is too slow for its load, or failing.',
        },
        {
          title: 'Busiest core',
          metrics: 'cpu.cores.usage',
          wrap: (each) => `max without (cpu) (${each})`,
          description: 'Busiest single CPU of each host. A single-threaded program can fill one core.',
        },
      ]),
    },
    {
      title: 'Where the time goes',
      panels: timeSeriesPanels({ ...hosts, width: 8 }, [
        { title: 'User space', metrics: 'cpu.usage.user', description: 'Time in user mode.' },
        { title: 'Kernel', metrics: 'cpu.usage.system', description: 'Time in the kernel, without interrupts.' },
        { title: 'Idle', metrics: 'cpu.usage.idle', description: 'Time without work, I/O wait excluded.' },
      ]),
    },
    {
      title: 'Load',
      panels: timeSeriesPanels(hosts, [
        {
          title: 'Load, 1 minute',
          metrics: 'cpu.load.average.1m',
          description:
            "Processes running or waiting, the kernel's mean over a minute. Compare with the number of cores.",
        },
        {
          title: 'Load, 5 minutes',
          metrics: 'cpu.load.average.5m',
          description: "Processes running or waiting, the kernel's mean over five minutes.",
        },
        {
          title: 'Load, 15 minutes',
          metrics: 'cpu.load.average.15m',
          description: "Processes running or waiting, the kernel's mean over a quarter of an hour.",
        },
        { title: 'Cores', metrics: 'cpu.cores.count', description: 'Online CPUs.' },
      ]),
    },
  ],
});
